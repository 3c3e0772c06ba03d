/** What a secret looks like once it is open, and how it leaves the page: copied, or saved as a file. */
import { decodeUtf8 } from '../core/bytes.ts';
import type { FrameContent } from '../core/index.ts';
import { makeVisible } from '../core/visible.ts';
import { button, el, showView } from './dom.ts';

/** Longer texts are offered as files only: a text field of megabytes stops the browser. */
const MAX_PREVIEW_BYTES = 1_000_000;
const RESET_MS = 2500;

/** A field that holds a text to read and to copy. */
export function readArea(label: string, text: string): HTMLTextAreaElement {
  const area = el('textarea', {
    readonly: true,
    'aria-label': label,
    rows: 2,
    spellcheck: 'false',
    autocomplete: 'off',
    class: 'mono',
  });
  area.value = text;
  return area;
}

/** A button that copies a text and says whether that worked. */
export function copyButton(
  text: string,
  label = 'Copy',
  kind: 'main' | 'plain' = 'plain',
): HTMLButtonElement {
  const element = button(
    label,
    async () => {
      element.textContent = (await copy(text)) ? 'Copied' : 'Select and copy by hand';
      setTimeout(() => {
        element.textContent = label;
      }, RESET_MS);
    },
    kind,
  );
  element.setAttribute('aria-live', 'polite');
  return element;
}

async function copy(text: string): Promise<boolean> {
  try {
    // Absent on plain http; there the old command still works.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

function copyByCommand(text: string): boolean {
  const area = el('textarea', { class: 'offscreen', readonly: true });
  area.value = text;
  const put = (event: ClipboardEvent): void => {
    // The field has only line feeds; this keeps the text as it is.
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  document.addEventListener('copy', put);
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    document.removeEventListener('copy', put);
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}

/** A button that saves bytes as a file. Always as `application/octet-stream`: a sender's media type renders nothing. */
export function saveButton(
  bytes: Uint8Array | string,
  filename: string,
  kind: 'main' | 'plain' = 'plain',
): HTMLButtonElement {
  return button(
    `Save ${filename}`,
    () => {
      const url = URL.createObjectURL(
        new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }),
      );
      const link = el('a', { href: url, download: filename, hidden: true });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
    kind,
  );
}

/** Shows an opened secret. Text is shown when it is UTF-8; a file, and what is no text, is offered for saving. */
export function showContent(content: FrameContent, where: string): void {
  const { body, filename, dropped } = content;
  const text = body.length > MAX_PREVIEW_BYTES ? undefined : decodeUtf8(body);
  const isText = text !== undefined && !text.includes('\0');
  const isFile = filename !== undefined || !isText;
  const visible = makeVisible(isText ? text : '');
  showView(
    el('h1', {}, isFile ? 'Here is the file' : 'Here is the secret'),
    el('p', { class: 'lead' }, where),
    dropped.includes('filename')
      ? el('div', { class: 'notice' }, 'The sender’s file name was not safe to use and was left out.')
      : undefined,
    isFile ? fileRow(filename ?? 'secret.bin', body) : undefined,
    visible.escaped > 0 ? el('div', { class: 'notice warning' }, hiddenWords(visible.escaped)) : undefined,
    isText ? readArea(isFile ? 'Content of the file' : 'Secret', visible.text) : undefined,
    isText ? el('div', { class: 'row' }, copyButton(text, 'Copy', isFile ? 'plain' : 'main')) : undefined,
  );
}

function hiddenWords(count: number): string {
  const many =
    count === 1 ? 'One invisible or control character is' : `${count} invisible or control characters are`;
  return `${many} shown as \\u{…}. Copying gives the exact text.`;
}

function fileRow(filename: string, body: Uint8Array): HTMLElement {
  return el(
    'div',
    { class: 'file' },
    el(
      'div',
      {},
      el('strong', { class: 'break' }, filename),
      el(
        'div',
        { class: 'hint' },
        `${body.length.toLocaleString('en')} bytes. Open it only if you expected it.`,
      ),
    ),
    saveButton(body, filename, 'main'),
  );
}

/** Shows encrypted text that could not be opened here, so that it is not lost: the server has deleted its copy. */
export function showRescue(title: string, why: string, ciphertext: string): void {
  showView(
    el('h1', {}, title),
    el('div', { class: 'notice error', role: 'alert' }, el('strong', {}, why)),
    el(
      'p',
      {},
      'The server has deleted its copy: this page holds the only one. Save it before you close the page. ' +
        'With the whole link it can still be opened, with the ots program or the offline page:',
    ),
    el('pre', {}, 'ots decrypt secret.ots --link LINK'),
    readArea('Encrypted text', ciphertext),
    el('div', { class: 'row' }, saveButton(ciphertext, 'secret.ots', 'main'), copyButton(ciphertext)),
  );
  // Closing the page is the one way left to lose the secret.
  addEventListener('beforeunload', (event) => event.preventDefault());
}
