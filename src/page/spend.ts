/** The one request that spends a secret, and every way in which it can fail. */
import { type OrdinaryLink, type SealedLink, SUITE_PASSPHRASE } from '../core/index.ts';
import { type Answer, ask, lockWords, section, unexpected } from './api.ts';
import { button, el, type Notice, notice, sentence, showView } from './dom.ts';
import { showRescue } from './show.ts';

const ALARM = 'If you have not opened it yourself, treat it as read by someone else and have it replaced.';

/** Sends it, once. @returns the secret's text, or undefined when the page has said why there is none */
export async function spend(
  link: SealedLink | OrdinaryLink,
  passphrase: string | undefined,
  status: Notice,
): Promise<string | undefined> {
  const { baseUrl, identifier } = link;
  const body = { continue: true, ...(passphrase !== undefined && { passphrase }) };
  const answer = await ask(`${baseUrl}/api/v3/guest/secret/${identifier}/reveal`, body);
  if (answer?.status === 200) {
    const value = section(answer.json['record'])['secret_value'];
    if (typeof value === 'string') return value;
    // A whole answer without a value is no reveal: somebody else was faster. Anything else may be the only copy.
    if (Object.keys(answer.json).length > 0) showGone();
    else showRescue('The answer could not be read', 'This is all that the server sent.', answer.text);
  } else if (answer?.status === 404) showGone();
  else if (answer?.status === 422) sayRefused(link, status);
  else if (answer?.status === 429) {
    status.say(
      'error',
      'too many wrong tries: the secret is locked',
      `nothing was spent; ${lockWords(answer)}`,
    );
  } else showUncertain(baseUrl, identifier, answer);
  return undefined;
}

function sayRefused(link: SealedLink | OrdinaryLink, status: Notice): void {
  if (link.kind === 'sealed' && link.suite !== SUITE_PASSPHRASE) {
    status.say(
      'error',
      'the server refuses this link',
      'nothing was spent; compare it with what the sender has',
    );
  } else status.say('error', 'the passphrase is wrong', 'nothing was spent; try again');
}

/** Says that there is no secret any more, which is an alarm. */
export function showGone(): void {
  showView(
    el('h1', {}, 'This secret is gone'),
    el(
      'div',
      { class: 'notice error', role: 'alert' },
      el('strong', {}, 'It was opened already, burned by its sender, or it expired.'),
      el('p', {}, ALARM),
    ),
  );
}

function showUncertain(baseUrl: string, identifier: string, answer: Answer | undefined): void {
  const status = notice();
  const check = async (): Promise<void> => {
    const told = await ask(`${baseUrl}/api/v3/secret/${identifier}/status`);
    const state = section(told?.json['record'])['state'];
    if (told?.status === 404 || state === 'unknown') {
      status.say(
        'error',
        'the secret is gone',
        'this page has probably spent it; ask the sender to share it again',
      );
    } else if (typeof state === 'string') {
      status.say('info', 'the secret is still there', 'open the link again');
    } else status.say('error', unexpected(told), 'check again later');
  };
  showView(
    el('h1', {}, 'The connection broke'),
    el(
      'div',
      { class: 'notice error', role: 'alert' },
      el('strong', {}, sentence(unexpected(answer))),
      el(
        'p',
        {},
        'The secret may be spent: the server may have handed it out on the way. It was asked once only.',
      ),
    ),
    status.node,
    el('div', { class: 'row' }, button('See if it is still there', check, 'main')),
  );
}
