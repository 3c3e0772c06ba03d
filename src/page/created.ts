/** What the sender gets: the link, to copy or to be photographed, and the way to take it back. */
import { renderSVG } from 'uqr';
import { ask, section, timeWords, unexpected } from './api.ts';
import { button, el, notice, showView } from './dom.ts';
import { copyButton, readArea } from './show.ts';

export interface Created {
  base: string;
  link: string;
  receiptId: string;
  askedSeconds: number;
  /** As the server says. */
  grantedSeconds: number | undefined;
  gateToken: string | undefined;
  shortPassphrase: boolean;
}

/** Shows the link. */
export function showCreated(created: Created): void {
  const { link, base, receiptId, shortPassphrase } = created;
  const area = readArea('Link', link);
  area.addEventListener('focus', () => area.select());
  showView(
    el('h1', {}, 'Here is the link'),
    el('p', { class: 'lead' }, `It opens once, ${lifetimeWords(created)}. Who has it can read the secret.`),
    area,
    el(
      'div',
      { class: 'row' },
      copyButton(link, 'Copy link', 'main'),
      button('Share another', () => location.reload()),
    ),
    created.gateToken === undefined
      ? undefined
      : el('p', { class: 'hint' }, 'The server demands the whole link, and the passphrase if you set one.'),
    shortPassphrase
      ? el('div', { class: 'notice' }, 'The passphrase is short: who gets the link could guess it.')
      : undefined,
    el(
      'details',
      {},
      el('summary', {}, 'QR code'),
      el('img', { class: 'qr', alt: 'The link as a QR code', src: qrSource(link), width: 240, height: 240 }),
    ),
    el(
      'details',
      {},
      el('summary', {}, 'Has it been read? Take it back?'),
      el('p', {}, 'The receipt tells, and burns the secret unread. It opens nothing:'),
      el(
        'p',
        { class: 'break' },
        el('a', { href: `${base}/receipt/${receiptId}` }, `${base}/receipt/${receiptId}`),
      ),
      burnRow(created),
    ),
  );
}

function lifetimeWords({ askedSeconds, grantedSeconds }: Created): string {
  if (grantedSeconds === undefined) return 'within the lifetime that the server grants';
  const granted = `within ${timeWords(grantedSeconds)}`;
  return grantedSeconds === askedSeconds
    ? granted
    : `${granted} (the server did not grant the ${timeWords(askedSeconds)} asked for)`;
}

function qrSource(link: string): string {
  // Low correction keeps the squares large; a screen has no dirt on it.
  return `data:image/svg+xml,${encodeURIComponent(renderSVG(link, { ecc: 'L', border: 2 }))}`;
}

/** Burning from here needs no passphrase typed: the page still knows what the server demands. */
function burnRow({ base, receiptId, gateToken }: Created): HTMLElement {
  const status = notice();
  let sure = false;
  const burn = button(
    'Burn it now',
    async () => {
      if (!sure) {
        sure = true;
        burn.textContent = 'Really burn it?';
        return;
      }
      burn.disabled = true;
      const body = { continue: true, ...(gateToken !== undefined && { passphrase: gateToken }) };
      const answer = await ask(`${base}/api/v3/guest/receipt/${receiptId}/burn`, body);
      if (answer?.status !== 200) status.say('error', unexpected(answer), 'look at the receipt');
      else if (Object.keys(section(answer.json['record'])).length > 0) status.say('info', 'It is burned');
      else status.say('error', 'it was gone already', 'somebody read it, or it expired');
    },
    'danger',
  );
  return el('div', {}, el('div', { class: 'row' }, burn), status.node);
}
