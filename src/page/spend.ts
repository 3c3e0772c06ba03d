/** The request that spends a secret, sent once, or again with the same claim; and every way in which it can fail. */
import { type OrdinaryLink, type SealedLink, SUITE_PASSPHRASE } from '../core/index.ts';
import { type Answer, ask, lockWords, section, unexpected } from './api.ts';
import { brokenOff } from './broken.ts';
import { type Claim, claimFor, forget } from './claim.ts';
import { el, type Notice, showView } from './dom.ts';
import { showRescue } from './show.ts';

const ALARM = 'If you have not opened it yourself, treat it as read by someone else and have it replaced.';

export interface Spent {
  text: string;
  /** To be acknowledged once the text is on the screen; undefined where the server keeps none. */
  claim: Claim | undefined;
}

/** Asks for the secret. @returns its text, or undefined when the page has said why there is none */
export async function spend(
  link: SealedLink | OrdinaryLink,
  passphrase: string | undefined,
  status: Notice,
): Promise<Spent | undefined> {
  const { baseUrl, identifier } = link;
  const told = await claimFor(baseUrl, identifier);
  if (told === undefined) {
    status.say('error', unexpected(undefined), 'nothing was spent; try again');
    return undefined;
  }
  const claim = told === 'none' ? undefined : told;
  const body = {
    continue: true,
    ...(passphrase !== undefined && { passphrase }),
    ...(claim !== undefined && { claim: claim.value }),
  };
  const repeat = claim && { claim, over: AbortSignal.timeout(claim.seconds * 1000) };
  for (let repeated = false; ; repeated = true) {
    const answer = await ask(`${baseUrl}/api/v3/guest/secret/${identifier}/reveal`, body);
    if (answer?.status === 200) {
      const text = section(answer.json['record'])['secret_value'];
      if (typeof text === 'string') return { text, claim };
      if (Object.keys(answer.json).length === 0 && claim !== undefined && !repeated) continue;
      sayNoValue(answer);
      return undefined;
    }
    if (answer !== undefined && isRefusal(answer)) {
      sayRefused(link, answer, status);
      return undefined;
    }
    await brokenOff(link, unexpected(answer), repeat);
    status.say('info', 'asking again');
  }
}

/** A whole answer without a value is no reveal: somebody else was faster. Anything else may be the only copy. */
function sayNoValue(answer: Answer): void {
  if (Object.keys(answer.json).length > 0) showGone();
  else showRescue('The answer could not be read', 'This is all that the server sent.', answer.text);
}

/** Whether it is certain that this request spent nothing. */
function isRefusal({ status }: Answer): boolean {
  return status === 404 || status === 422 || status === 429;
}

function sayRefused(link: SealedLink | OrdinaryLink, answer: Answer, status: Notice): void {
  if (answer.status === 404) {
    forget(link.identifier);
    showGone();
  } else if (answer.status === 429) {
    status.say(
      'error',
      'too many wrong tries: the secret is locked',
      `nothing was spent; ${lockWords(answer)}`,
    );
  } else if (link.kind === 'sealed' && link.suite !== SUITE_PASSPHRASE) {
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
