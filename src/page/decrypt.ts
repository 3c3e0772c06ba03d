/** The offline page: opens encrypted text with a link, without a server and without a network. */
import {
  isOtsError,
  type LinkKey,
  OtsError,
  openSecret,
  parseLinkKey,
  SUITE_PASSPHRASE,
  wipeKeys,
} from '../core/index.ts';
import { el, field, form, type Notice, notice, passphraseField, showView, whileBusy } from './dom.ts';
import { portableInflate } from './inflate.ts';
import { showContent } from './show.ts';
import { sayError, unlock } from './unlock.ts';

const WHERE = 'It was decrypted in this page; nothing left this device.';

function showForm(): void {
  const text = el('textarea', {
    rows: 6,
    autocomplete: 'off',
    spellcheck: 'false',
    class: 'mono',
    placeholder: 'ots1.…',
  });
  const file = el('input', { type: 'file' });
  const link = el('input', {
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    class: 'mono',
  });
  const passphrase = passphraseField('Passphrase', 'This link was made with one.');
  passphrase.node.hidden = true;
  const status = notice();
  link.addEventListener('input', () => {
    passphrase.node.hidden = keyIn(link.value)?.suite !== SUITE_PASSPHRASE;
  });
  file.addEventListener('change', () => {
    text.disabled = file.files?.length === 1;
  });
  const element: HTMLFormElement = form(
    () =>
      whileBusy(element, async () => {
        status.clear();
        try {
          const given = (await file.files?.[0]?.text()) ?? text.value;
          await open(given, link.value, passphrase.input.value, status);
        } catch (error) {
          sayError(status, error);
        }
      }),
    field('Encrypted text', text, 'All of it, from ots1. to the final dot. What surrounds it does no harm.'),
    field('Or a file that holds it', file),
    field('Link', link, 'The whole link, or its part after #.'),
    passphrase.node,
    status.node,
    el('div', { class: 'row' }, el('button', { type: 'submit', class: 'main' }, 'Decrypt')),
  );
  showView(
    el('h1', {}, 'Open an encrypted text'),
    el('p', { class: 'lead' }, 'This page works offline. It sends nothing anywhere, and it cannot.'),
    element,
  );
  text.focus();
}

function keyIn(link: string): LinkKey | undefined {
  try {
    return parseLinkKey(link);
  } catch {
    return undefined;
  }
}

async function open(text: string, link: string, typed: string, status: Notice): Promise<void> {
  if (text.trim() === '') throw new OtsError('usage', 'the encrypted text is missing');
  const keys = await unlock(parseLinkKey(link), typed, status);
  try {
    showContent(openSecret(text, keys, { inflate: portableInflate, passphraseTested: false }), WHERE);
  } catch (error) {
    throw isOtsError(error) ? error : new OtsError('damaged', 'this text could not be decrypted');
  } finally {
    wipeKeys(keys);
  }
}

showForm();
