/** The credential of the caller: in `sessionStorage` only, so that no other tab and no later visit has it. */

const STORED = 'telltale.credential';

/** The value of `Authorization`; null without a credential. */
export function authorization() {
  return sessionStorage.getItem(STORED);
}

/** What a 401 means for the viewer, with the detail of the service. */
export function explainRefusal(detail) {
  return `${authorization() === null ? 'A credential is needed' : 'Your credential ended'}: ${detail}`;
}

let asking = null;
/** A viewer who cancels is not asked again until the button is used. */
let isRefused = false;

/**
 * Asks for a credential. All requests that fail at the same time share one dialog.
 *
 * @return {Promise<boolean>} whether there is a credential now
 */
export function askForCredential(reason) {
  if (isRefused) {
    return Promise.resolve(false);
  }
  asking ??= openDialog(reason).finally(() => (asking = null));
  return asking;
}

function openDialog(reason) {
  const dialog = document.getElementById('sign-in');
  const form = dialog.querySelector('form');
  document.getElementById('sign-in-reason').textContent = reason;
  dialog.returnValue = 'cancel';
  dialog.showModal();
  form.elements.secret.focus();
  return new Promise(resolve => dialog.addEventListener('close', () => {
    const secret = form.elements.secret.value.trim();
    form.elements.secret.value = '';
    const isGiven = dialog.returnValue === 'use' && secret !== '';
    if (isGiven) {
      sessionStorage.setItem(STORED, `${form.elements.scheme.value} ${secret}`);
    }
    isRefused = !isGiven;
    showButton();
    resolve(isGiven);
  }, { once: true }));
}

/** Shows the button that forgets the credential, or that asks again; neither without a use. */
export function showButton() {
  const button = document.getElementById('credential');
  const isKnown = authorization() !== null;
  button.hidden = !isKnown && !isRefused;
  button.textContent = isKnown ? 'Forget credential' : 'Enter credential';
  button.onclick = () => {
    sessionStorage.removeItem(STORED);
    location.reload();
  };
}
