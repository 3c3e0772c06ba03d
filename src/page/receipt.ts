/** The receipt: how a secret stands, and a way to destroy it unread. It opens nothing. */
import { IDENTIFIER_PATTERN, isGated, OtsError, parseLink, wipeKeys } from '../core/index.ts';
import { ask, baseUrl, type Fields, lockWords, section, timeWords, unexpected } from './api.ts';
import { button, el, field, form, type Notice, notice, passphraseField, showView, whileBusy } from './dom.ts';
import { copyButton, readArea } from './show.ts';
import { sayError, unlock } from './unlock.ts';

const TAIL = /\/receipt\/([^/]*)\/?$/;

/** What each state of the API means to the sender. */
const STATES: Record<string, { title: string; words: string; waiting?: boolean }> = {
  new: { title: 'Not read yet', words: 'The secret is waiting for its reader.', waiting: true },
  viewed: {
    title: 'Not read yet',
    words: 'Somebody looked at the link, but has not opened the secret.',
    waiting: true,
  },
  revealed: {
    title: 'It was read',
    words: 'If your reader says otherwise, treat the secret as read by someone else.',
  },
  burned: { title: 'It was burned', words: 'Nobody can read it any more.' },
  expired: { title: 'It expired', words: 'Nobody read it in time, and nobody can any more.' },
  orphaned: { title: 'It is gone', words: 'The server does not know what became of it.' },
};
const SYNONYMS: Record<string, string> = { shared: 'new', previewed: 'viewed', received: 'revealed' };

const base = baseUrl(TAIL);
const receiptId = TAIL.exec(location.pathname)?.[1] ?? '';
const url = `${base}/api/v3/guest/receipt/${receiptId}`;

async function start(): Promise<void> {
  if (!IDENTIFIER_PATTERN.test(receiptId)) return showUnknown();
  // As one of a list: the receipt alone would bring the value of a generated secret along, which is shown once.
  const answer = await ask(`${base}/api/v3/guest/receipts`, { identifiers: [receiptId] });
  const records = answer?.json['records'];
  if (answer?.status !== 200 || !Array.isArray(records)) return showFailed(unexpected(answer));
  if (records.length === 0) return showUnknown();
  // The server's clock, not this device's.
  const nowMs = Date.parse(answer.headers.get('date') ?? '');
  showReceipt(section(records[0]), nowMs);
}

function showUnknown(): void {
  showView(
    el('h1', {}, 'There is no such receipt'),
    el(
      'p',
      { class: 'lead' },
      'The link may be cut, or the receipt is so old that the server has forgotten it.',
    ),
  );
}

function showFailed(why: string): void {
  const status = notice();
  showView(
    el('h1', {}, 'The receipt did not come'),
    status.node,
    el('div', { class: 'row' }, button('Try again', start, 'main')),
  );
  status.say('error', why);
}

function showReceipt(record: Fields, nowMs: number): void {
  const word = String(record['state']);
  const state = STATES[SYNONYMS[word] ?? word] ?? {
    title: 'State unknown',
    words: 'The server says nothing known.',
  };
  const left = Number(record['created']) + Number(record['secret_ttl']) - nowMs / 1000;
  const hasPassphrase = record['has_passphrase'] === true;
  showView(
    el('h1', {}, state.title),
    el('p', { class: 'lead' }, state.words),
    el(
      'dl',
      {},
      ...row('Created', timeOf(record['created'])),
      ...row('Read', timeOf(record['revealed'])),
      ...row('Burned', timeOf(record['burned'])),
      ...row('Time left', state.waiting && left > 0 ? timeWords(left) : undefined),
      ...row('Passphrase', state.waiting ? (hasPassphrase ? 'the server demands one' : 'none') : undefined),
    ),
    state.waiting && record['kind'] === 'generate' ? valueRow() : undefined,
    state.waiting ? burnForm(hasPassphrase) : undefined,
  );
}

/** The value of a secret that the server made: it shows it to its maker once, in the first minute, when asked to. */
function valueRow(): HTMLElement {
  const status = notice();
  const node = el('div', {}, el('div', { class: 'notice' }, 'The server made this secret.'));
  const show = button('Show the secret, once', async () => {
    const answer = await ask(url);
    const value = section(answer?.json['details'])['secret_value'];
    if (answer?.status !== 200) status.say('error', unexpected(answer));
    else if (typeof value !== 'string') {
      status.say('info', 'the server shows it no more', 'its link still opens it, once');
    } else {
      const area = readArea('Secret', value);
      node.replaceChildren(area, el('div', { class: 'row' }, copyButton(value, 'Copy', 'main')));
      area.focus();
    }
  });
  node.append(status.node, el('div', { class: 'row' }, show));
  return node;
}

function row(name: string, value: string | undefined): HTMLElement[] {
  return value === undefined ? [] : [el('dt', {}, name), el('dd', {}, value)];
}

function timeOf(seconds: unknown): string | undefined {
  return typeof seconds === 'number' && seconds > 0 ? new Date(seconds * 1000).toLocaleString() : undefined;
}

function burnForm(hasPassphrase: boolean): HTMLElement {
  const status = notice();
  const link = el('input', {
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const passphrase = passphraseField('Passphrase', 'If the secret has one.');
  const submit = el('button', { type: 'submit', class: 'danger' }, 'Burn it unread');
  let sure = false;
  const element: HTMLFormElement = form(
    async () => {
      if (!sure) {
        sure = true;
        submit.textContent = 'Really burn it?';
        status.say('warning', 'Nobody will be able to read it', 'press again to burn it');
        return;
      }
      await whileBusy(element, () =>
        burn(link.value.trim(), passphrase.input.value, status).catch((error: unknown) =>
          sayError(status, error),
        ),
      );
    },
    ...(hasPassphrase
      ? [
          field(
            'Secret link',
            link,
            'It tells what the server may be sent. It gets neither the key nor the passphrase of what was encrypted.',
          ),
          passphrase.node,
        ]
      : []),
    status.node,
    el('div', { class: 'row' }, submit),
  );
  return element;
}

async function burn(link: string, typed: string, status: Notice): Promise<void> {
  const passphrase = await serverPassphrase(link, typed, status);
  const answer = await ask(`${url}/burn`, { continue: true, ...(passphrase !== '' && { passphrase }) });
  // Shown afresh, as the server tells it: burned now, or gone before.
  if (answer?.status === 200 || answer?.status === 404) await start();
  else if (answer?.status === 422)
    status.say('error', 'the passphrase or the link is wrong', 'nothing was burned');
  else if (answer?.status === 429) status.say('error', 'too many wrong tries', lockWords(answer));
  else status.say('error', unexpected(answer), 'look at the receipt again');
}

/**
 * What the server demands: derived from the link and perhaps the passphrase, or the passphrase as typed. Only the link
 * tells which, and the passphrase of an encrypted secret is never sent as it is.
 */
async function serverPassphrase(text: string, typed: string, status: Notice): Promise<string> {
  if (text === '') {
    // No field for a link: the server demands nothing.
    if (typed === '') return '';
    throw new OtsError('usage', 'the link of the secret is missing', {
      hint: 'without it nobody knows whether the server may learn the passphrase; nothing was sent',
    });
  }
  const link = parseLink(text);
  if (link.kind === 'receipt') {
    throw new OtsError('usage', 'that is the link of a receipt', {
      hint: 'the link of the secret is needed',
    });
  }
  if (link.kind === 'ordinary' || !isGated(link.suite)) return typed;
  const keys = await unlock(link, typed, status);
  wipeKeys(keys);
  return keys.gateToken;
}

void start();
