/** What to do when no answer came to the request that spends: ask again where the server keeps claims, else find out. */
import type { OrdinaryLink, SealedLink } from '../core/index.ts';
import { ask, section, unexpected } from './api.ts';
import type { Claim } from './claim.ts';
import { button, el, notice, sentence, showView } from './dom.ts';

/**
 * Says that the connection broke.
 *
 * @param repeat undefined where the server keeps no claims; `over` is aborted when its time is over
 * @returns when the reader wants the request repeated, with what was shown before back on the page; maybe never
 */
export function brokenOff(
  link: SealedLink | OrdinaryLink,
  why: string,
  repeat: { claim: Claim; over: AbortSignal } | undefined,
): Promise<void> {
  if (repeat === undefined || repeat.over.aborted) {
    showUncertain(link, why);
    return new Promise(() => undefined);
  }
  return new Promise((again) => {
    const tooLate = () => showUncertain(link, why);
    repeat.over.addEventListener('abort', tooLate);
    const restore = showView(
      el('h1', {}, 'The connection broke'),
      el(
        'div',
        { class: 'notice warning', role: 'alert' },
        el('strong', {}, sentence(why)),
        el(
          'p',
          {},
          `Nothing is lost yet: for ${repeat.claim.seconds} seconds the server keeps the secret for this page. Leave it open, and try again.`,
        ),
      ),
      el(
        'div',
        { class: 'row' },
        button(
          'Try again',
          () => {
            repeat.over.removeEventListener('abort', tooLate);
            restore();
            again();
          },
          'main',
        ),
      ),
    );
  });
}

function showUncertain({ baseUrl, identifier }: SealedLink | OrdinaryLink, why: string): void {
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
      el('strong', {}, sentence(why)),
      el(
        'p',
        {},
        'The secret may be spent: the server may have handed it out on the way. It is not asked for again.',
      ),
    ),
    status.node,
    el('div', { class: 'row' }, button('See if it is still there', check, 'main')),
  );
}
