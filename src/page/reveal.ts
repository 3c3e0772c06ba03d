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
import { acknowledge } from './claim.ts';
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

const TITLE = 'Somebody shared a secret with you';
const LEAD = 'It opens once. After that it is gone from the server, so have a place ready to keep it.';
const PASSPHRASE = { label: 'Passphrase', hint: 'The sender gave it to you in another way.' };
const NO_KEY = 'This link has no key';
const CUT = 'If the link you were given had a # in it, it was cut: ask for the whole link';
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
    if (link.kind === 'receipt' || !isOwn(link)) {
      showDamaged('this is not a secret link, or it was mixed up with another', 'copy it again, all of it');
    } else if (link.kind === 'sealed') showSealed(link);
    else void showOrdinary(link);
  } catch (error) {
    const known = isOtsError(error) ? error : undefined;
    showDamaged(known?.message ?? 'the link is damaged', known?.hint ?? 'copy it again, all of it');
  }
}

/** Whether a link leads to this page: what was found elsewhere in the address, in its query say, is another secret. */
function isOwn({ baseUrl, identifier }: SealedLink | OrdinaryLink): boolean {
  // What only mail programs put into a path is no part of an identifier.
  const path = location.pathname.replace(/%[0-9a-f]{2}/gi, '');
  return `${location.origin}${path}`.startsWith(`${baseUrl}/secret/${identifier}`);
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

interface Asked {
  lead: string;
  warning?: string | undefined;
  passphrase: boolean;
  /** What the reader must confirm, where the passphrase goes to the server as it is typed. */
  confirm?: string;
}

/** The form in front of a secret. @param act gets what was typed; the field is there only if it is needed */
function showForm(asked: Asked, act: (typed: string, status: Notice) => Promise<void>): void {
  const status = notice();
  const typed = asked.passphrase ? passphraseField(PASSPHRASE.label, PASSPHRASE.hint) : undefined;
  const sure = el('input', { type: 'checkbox', id: 'sure' });
  const submit = el(
    'button',
    { type: 'submit', class: 'main' },
    asked.confirm ? 'Send it and reveal' : 'Reveal',
  );
  const element: HTMLFormElement = form(
    () =>
      whileBusy(element, async () => {
        status.clear();
        if (asked.confirm && !sure.checked) {
          status.say('error', 'say first that the link is whole', 'nothing was sent');
          return;
        }
        await act(typed?.input.value ?? '', status).catch((error: unknown) => sayError(status, error));
      }),
    typed?.node,
    asked.confirm
      ? el('label', { class: 'check', for: 'sure' }, sure, el('span', {}, asked.confirm))
      : undefined,
    status.node,
    el('div', { class: 'row' }, submit),
  );
  showView(
    el('h1', {}, TITLE),
    el('p', { class: 'lead' }, asked.lead),
    asked.warning === undefined ? undefined : el('div', { class: 'notice' }, asked.warning),
    element,
  );
  (typed?.input ?? submit).focus();
}

function showSealed(link: SealedLink): void {
  const asked = {
    lead: LEAD,
    warning: link.unwrapped
      ? 'This link came wrapped or re-encoded: a mail or web gateway may have seen its key.'
      : undefined,
    passphrase: link.suite === SUITE_PASSPHRASE,
  };
  showForm(asked, async (typed, status) => {
    const keys = await unlock(link, typed, status);
    status.clear();
    const spent = await spend(link, isGated(link.suite) ? keys.gateToken : undefined, status);
    if (spent === undefined) return;
    const { text, claim } = spent;
    try {
      const content = openSecret(text, keys, { inflate: portableInflate, passphraseTested: true });
      opened = true;
      showContent(content, ONLY_COPY);
      acknowledge(link.baseUrl, link.identifier, claim);
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
  const asked = hasPassphrase
    ? {
        lead: LEAD,
        warning: `${NO_KEY}. Whatever you type here is sent to the server. ${CUT}.`,
        passphrase: true,
        confirm: 'The link I was given has no # in it, and the server may learn the passphrase',
      }
    : { lead: `${LEAD} ${NO_KEY}: the server could read the secret. ${CUT}.`, passphrase: false };
  showForm(asked, async (typed, status) => {
    if (hasPassphrase && typed === '') {
      status.say('error', 'the passphrase is missing');
      return;
    }
    const spent = await spend(link, typed === '' ? undefined : typed, status);
    if (spent === undefined) return;
    const { text, claim } = spent;
    opened = true;
    if (isTextForm(text)) {
      showRescue('The link is not complete', 'The part after # is missing: it holds the key.', text);
    } else {
      const body = new TextEncoder().encode(text);
      showContent({ body, filename: undefined, mediaType: undefined, dropped: [] }, ONLY_COPY);
      acknowledge(link.baseUrl, link.identifier, claim);
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
