/**
 * The page behind a link: takes the key out of the address bar, checks it, and asks the server once.
 *
 * Nothing is requested for a damaged link, and nothing that spends is requested before the button was pressed.
 */
import {
  isGated,
  isOtsError,
  isTextForm,
  type OrdinaryLink,
  openSecret,
  parseLink,
  type SealedLink,
  SUITE_PASSPHRASE,
  wipeKeys,
} from '../core/index.ts';
import { type Answer, ask, section, unexpected } from './api.ts';
import {
  button,
  el,
  form,
  type Notice,
  notice,
  passphraseField,
  sentence,
  showView,
  whileBusy,
} from './dom.ts';
import { portableInflate } from './inflate.ts';
import { showContent, showRescue } from './show.ts';
import { showGone, spend } from './spend.ts';
import { sayError, unlock } from './unlock.ts';

const WORDS = {
  title: 'Somebody shared a secret with you',
  lead: 'It opens once. After that it is gone from the server, so have a place ready to keep it.',
};
const PASSPHRASE = { label: 'Passphrase', hint: 'The sender gave it to you in another way.' };
const ONLY_COPY = 'The server has deleted its copy. Copy or save it before you close this page.';

/** In the history entry whose key was taken away: loaded again, it must not pass for a link that never had one. */
const KEY_TAKEN = 'key taken';

/** Set while losing the page would lose the secret. */
let opened = false;

function start(): void {
  const href = location.href;
  const loadedAgain = history.state === KEY_TAKEN && withoutKey() === href;
  hideKey();
  addEventListener('hashchange', () => {
    // The same link opened again in this tab: a fresh start, unless a secret would be lost.
    if (opened) hideKey();
    else location.reload();
  });
  if (loadedAgain) {
    showLoadedAgain();
    return;
  }
  try {
    const link = parseLink(href);
    if (link.kind === 'receipt' || new URL(link.baseUrl).origin !== location.origin) {
      showDamaged('this is not a secret link', 'copy the link again, all of it');
    } else if (link.kind === 'sealed') showSealed(link);
    else void showOrdinary(link);
  } catch (error) {
    const known = isOtsError(error) ? error : undefined;
    showDamaged(known?.message ?? 'the link is damaged', known?.hint ?? 'copy it again, all of it');
  }
}

/** Takes the key out of the address bar and the history, also where a gateway encoded its `#`. */
function hideKey(): void {
  const bare = withoutKey();
  if (bare !== location.href) history.replaceState(KEY_TAKEN, '', bare);
}

/** The page's address without a key, and without the `#` of an empty one. */
function withoutKey(): string {
  const path = location.pathname.replace(/%(?:25)*23.*$|&#35;.*$/, '');
  return location.origin + path + location.search;
}

/** Without its key the page could only spend the secret, or send the server a passphrase that it must not learn. */
function showLoadedAgain(): void {
  showView(
    el('h1', {}, 'This page was loaded again'),
    el(
      'p',
      { class: 'lead' },
      'The key is no longer in its address, where others could have found it. Open the link once more, from where you got it.',
    ),
    el('p', {}, 'Loading a page spends nothing.'),
  );
}

function showDamaged(message: string, hint: string): void {
  showView(
    el('h1', {}, 'This link is damaged'),
    el(
      'div',
      { class: 'notice error', role: 'alert' },
      el('strong', {}, sentence(message)),
      el('p', {}, sentence(hint)),
    ),
    el('p', {}, 'Nothing was sent to the server: the secret is still there.'),
  );
}

/** The form in front of a secret. @param act gets what was typed; the field is there only if it is needed */
function showForm(
  words: { title: string; lead: string; warning?: string | undefined },
  passphrase: { label: string; hint: string } | undefined,
  act: (typed: string, status: Notice) => Promise<void>,
): void {
  const status = notice();
  const typed = passphrase && passphraseField(passphrase.label, passphrase.hint);
  const submit = el('button', { type: 'submit', class: 'main' }, 'Reveal');
  const element: HTMLFormElement = form(
    () =>
      whileBusy(element, async () => {
        status.clear();
        await act(typed?.input.value ?? '', status).catch((error: unknown) => sayError(status, error));
      }),
    typed?.node,
    status.node,
    el('div', { class: 'row' }, submit),
  );
  showView(
    el('h1', {}, words.title),
    el('p', { class: 'lead' }, words.lead),
    words.warning === undefined ? undefined : el('div', { class: 'notice' }, words.warning),
    element,
  );
  (typed?.input ?? submit).focus();
}

function showSealed(link: SealedLink): void {
  const words = {
    ...WORDS,
    warning: link.unwrapped
      ? 'This link came wrapped or re-encoded: a mail or web gateway may have seen its key.'
      : undefined,
  };
  showForm(words, link.suite === SUITE_PASSPHRASE ? PASSPHRASE : undefined, async (typed, status) => {
    const keys = await unlock(link, typed, status);
    status.clear();
    const text = await spend(link, isGated(link.suite) ? keys.gateToken : undefined, status);
    if (text === undefined) return;
    try {
      const content = openSecret(text, keys, { inflate: portableInflate, passphraseTested: true });
      opened = true;
      showContent(content, ONLY_COPY);
    } catch (error) {
      opened = true;
      const why = isOtsError(error) ? error.message : 'this browser could not decrypt it';
      showRescue('It could not be decrypted', sentence(why), text);
    } finally {
      wipeKeys(keys);
    }
  });
}

async function showOrdinary(link: OrdinaryLink): Promise<void> {
  const answer = await ask(`${link.baseUrl}/api/v3/secret/${link.identifier}/status`);
  const record = section(answer?.json['record']);
  if (answer?.status === 404 || record['state'] === 'unknown') {
    showGone();
    return;
  }
  if (answer?.status !== 200) {
    showUnreachable(link, answer);
    return;
  }
  const hasPassphrase = record['has_passphrase'] === true;
  showForm(WORDS, hasPassphrase ? PASSPHRASE : undefined, async (typed, status) => {
    if (hasPassphrase && typed === '') {
      status.say('error', 'the passphrase is missing');
      return;
    }
    const text = await spend(link, typed === '' ? undefined : typed, status);
    if (text === undefined) return;
    opened = true;
    if (isTextForm(text)) {
      showRescue('The link is not complete', 'The part after # is missing: it holds the key.', text);
    } else {
      const body = new TextEncoder().encode(text);
      showContent({ body, filename: undefined, mediaType: undefined, dropped: [] }, ONLY_COPY);
    }
  });
}

function showUnreachable(link: OrdinaryLink, answer: Answer | undefined): void {
  showView(
    el('h1', {}, 'The server cannot be asked'),
    el(
      'div',
      { class: 'notice error', role: 'alert' },
      el('strong', {}, sentence(unexpected(answer))),
      el('p', {}, 'Nothing was spent.'),
    ),
    el(
      'div',
      { class: 'row' },
      button('Try again', () => showOrdinary(link), 'main'),
    ),
  );
}

start();
