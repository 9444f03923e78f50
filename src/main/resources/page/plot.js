/** Loads uPlot, when the first chart needs it. The only place that names its version, which pom.xml sets. */

const FILES = new URL('../webjars/uplot/1.6.30/dist/', import.meta.url);

let loaded = null;

/** The constructor of plots. */
export function loadPlot() {
  loaded ??= load();
  return loaded;
}

async function load() {
  const style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = new URL('uPlot.min.css', FILES);
  document.head.append(style);
  return (await import(new URL('uPlot.esm.js', FILES))).default;
}
