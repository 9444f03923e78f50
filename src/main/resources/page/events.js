/** Parses server-sent events. Pure: text in, events out. */

/**
 * A parser of one stream. It accepts text in pieces of any size.
 *
 * @param {function({name: string, data: string, id: string})} onEvent for each event with data
 * @param {function(string)} onId for each block, also those of an id alone, with the last id
 */
export function eventParser(onEvent, onId) {
  let rest = '';
  let name = '';
  let data = [];
  let id = '';

  function line(text) {
    if (text === '') {
      if (data.length > 0) {
        onEvent({ name: name || 'message', data: data.join('\n'), id });
      }
      onId(id);
      name = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) {
      return;
    }
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') {
      name = value;
    } else if (field === 'data') {
      data.push(value);
    } else if (field === 'id') {
      id = value;
    }
  }

  return piece => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(line);
  };
}
