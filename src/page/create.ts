/** The start page: encrypts a text or a file here, and hands the server what it cannot read. */
import {
  DEFAULT_MAX_TEXT_BYTES,
  formatLink,
  IDENTIFIER_PATTERN,
  isShortPassphrase,
  type Kdf,
  makeSafeFilename,
  OtsError,
  type Sealed,
  sealSecret,
} from '../core/index.ts';
import { MAX_SIZE_HEADER } from '../core/wire.ts';
import { ask, baseUrl, type Fields, section, unexpected } from './api.ts';
import { showCreated } from './created.ts';
import { browserDeflate } from './deflate.ts';
import { el, field, form, notice, passphraseField, showView, whileBusy } from './dom.ts';
import { sayError, shownKdf } from './unlock.ts';

const LIFETIMES = [
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '7 days'],
] as const;

interface Input {
  body: Uint8Array;
  filename: string | undefined;
}

function showForm(): void {
  const text = el('textarea', { rows: 6, autocomplete: 'off', spellcheck: 'false', class: 'mono' });
  const file = el('input', { type: 'file' });
  const lifetime = el('select', {});
  for (const [seconds, words] of LIFETIMES) {
    lifetime.append(el('option', { value: seconds, selected: seconds === '604800' }, words));
  }
  const passphrase = passphraseField(
    'Passphrase (optional)',
    'A second factor: tell it the reader in another way.',
  );
  passphrase.input.autocomplete = 'new-password';
  const gate = el('input', { type: 'checkbox', id: 'gate' });
  const status = notice();
  file.addEventListener('change', () => {
    // One of the two: what is not used must not look as if it were.
    text.disabled = file.files?.length === 1;
  });
  const element: HTMLFormElement = form(
    () =>
      whileBusy(element, async () => {
        try {
          status.say('info', 'Encrypting…');
          const input = await readInput(text.value, file.files?.[0]);
          const typed = passphrase.input.value;
          const options = { passphrase: typed === '' ? undefined : typed, gated: gate.checked };
          await share(input, Number(lifetime.value), { ...options, kdf: shownKdf(status) });
        } catch (error) {
          sayError(status, error);
        }
      }),
    field('Secret', text),
    field('Or a file', file),
    el('div', { class: 'pair' }, field('Lifetime', lifetime, 'Unread, it is deleted then.'), passphrase.node),
    el(
      'label',
      { class: 'check', for: 'gate' },
      gate,
      el('span', {}, 'Demand the whole link: nobody can spend the secret with a part of it'),
    ),
    status.node,
    el('div', { class: 'row' }, el('button', { type: 'submit', class: 'main' }, 'Encrypt and get a link')),
  );
  showView(
    el('h1', {}, 'Share a secret, once'),
    el(
      'p',
      { class: 'lead' },
      'It is encrypted in this browser. The server gets neither the text nor its key.',
    ),
    element,
  );
  text.focus();
}

async function readInput(text: string, file: File | undefined): Promise<Input> {
  if (file !== undefined) {
    const body = new Uint8Array(await file.arrayBuffer());
    if (body.length === 0) throw new OtsError('usage', 'the file is empty', { hint: 'nothing was shared' });
    return { body, filename: makeSafeFilename(file.name) };
  }
  if (text === '') throw new OtsError('usage', 'the secret is empty', { hint: 'type it, or choose a file' });
  return { body: new TextEncoder().encode(text), filename: undefined };
}

async function share(
  input: Input,
  ttlSeconds: number,
  options: { passphrase: string | undefined; gated: boolean; kdf: Kdf },
): Promise<void> {
  const base = baseUrl(/$/);
  const sealed = await sealSecret({
    ...input,
    ...options,
    browserHint: true,
    deflate: browserDeflate,
    maxTextBytes: await maxTextBytes(base),
  });
  const body = {
    secret: sealed.text,
    ttl: ttlSeconds,
    ...(sealed.gateToken !== undefined && { passphrase: sealed.gateToken }),
  };
  const answer = await ask(`${base}/api/v3/guest/secret/conceal`, { secret: body });
  if (answer?.status !== 200) {
    const said = answer?.json['error'];
    throw new OtsError('network', unexpected(answer), {
      hint: typeof said === 'string' ? said : 'try again',
    });
  }
  const link = linkOf(base, sealed, section(answer.json['record']));
  showCreated({
    ...link,
    base,
    askedSeconds: ttlSeconds,
    gateToken: sealed.gateToken,
    shortPassphrase: options.passphrase !== undefined && isShortPassphrase(options.passphrase),
  });
}

/** The server announces its limit where it has its own; the others take 10,000 bytes. */
async function maxTextBytes(base: string): Promise<number> {
  const answer = await ask(`${base}/api/v3/status`);
  const announced = answer?.headers.get(MAX_SIZE_HEADER) ?? '';
  return /^\d{1,9}$/.test(announced) ? Number(announced) : DEFAULT_MAX_TEXT_BYTES;
}

function linkOf(
  base: string,
  sealed: Sealed,
  record: Fields,
): { link: string; receiptId: string; grantedSeconds: number | undefined } {
  const receipt = section(record['receipt']);
  const receiptId = receipt['identifier'];
  const secretId = section(record['secret'])['identifier'];
  if (!isIdentifier(receiptId) || !isIdentifier(secretId)) {
    throw new OtsError('network', 'the server’s answer names no secret', { hint: 'try again' });
  }
  const granted = receipt['secret_ttl'];
  const link = formatLink(base, secretId, sealed.suite, sealed.linkKey);
  sealed.linkKey.fill(0);
  return { link, receiptId, grantedSeconds: typeof granted === 'number' ? granted : undefined };
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER_PATTERN.test(value);
}

showForm();
