/** Building blocks of the pages. Text enters the document as text only: there is no way in here for markup. */

type Child = Node | string | undefined;
type Attributes = Record<string, string | number | boolean | undefined>;

/** Makes an element. A `true` attribute is set empty; `false` and `undefined` are left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * Replaces what the page shows, and moves the focus to its heading, so that screen readers follow.
 *
 * @returns brings back what was shown before
 */
export function showView(...children: Child[]): () => void {
  const main = document.getElementById('main');
  if (main === null) return () => undefined;
  const before = [...main.childNodes];
  main.replaceChildren(...children.filter((child) => child !== undefined));
  for (const area of main.querySelectorAll<HTMLTextAreaElement>('textarea[readonly]')) fitHeight(area);
  const heading = main.querySelector('h1');
  if (heading !== null) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  return () => main.replaceChildren(...before);
}

/** Shows all of a text that is there to be read, up to most of the screen. */
function fitHeight(area: HTMLTextAreaElement): void {
  // By script, one property: the policy refuses style attributes, and few browsers size fields by their content.
  area.style.height = `${Math.min(area.scrollHeight + 2, Math.max(160, innerHeight * 0.6))}px`;
}

/** A control with its label above and perhaps a hint below, tied together for screen readers. */
export function field(
  label: string,
  control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement,
  hint?: string,
): HTMLElement {
  control.id ||= `f-${label.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  const hintId = `${control.id}-hint`;
  if (hint !== undefined) control.setAttribute('aria-describedby', hintId);
  return el(
    'div',
    { class: 'field' },
    el('label', { for: control.id }, label),
    control,
    hint === undefined ? undefined : el('p', { class: 'hint', id: hintId }, hint),
  );
}

/** A field for a passphrase, with a button that shows what was typed. */
export function passphraseField(
  label: string,
  hint?: string,
): { node: HTMLElement; input: HTMLInputElement } {
  const input = el('input', {
    type: 'password',
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const toggle = el('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, 'Show');
  toggle.addEventListener('click', () => {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    toggle.textContent = shown ? 'Hide' : 'Show';
    toggle.setAttribute('aria-pressed', String(shown));
  });
  const node = field(label, input, hint);
  const row = el('div', { class: 'row tight' });
  input.replaceWith(row);
  row.append(input, toggle);
  return { node, input };
}

/** A button. @param kind `main` for the one thing to do, `danger` for what cannot be undone */
export function button(
  label: string,
  act: () => unknown,
  kind: 'main' | 'danger' | 'plain' = 'plain',
): HTMLButtonElement {
  const element = el('button', { type: 'button', class: kind }, label);
  element.addEventListener('click', () => void act());
  return element;
}

/** A form that calls `act` instead of being sent anywhere. */
export function form(act: () => Promise<void>, ...children: Child[]): HTMLFormElement {
  const element = el('form', { novalidate: true }, ...children);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    void act();
  });
  return element;
}

export interface Notice {
  node: HTMLElement;
  say(kind: 'info' | 'warning' | 'error', title: string, more?: string): void;
  /** Says that something takes a while. @returns to be called with the part that is done, 0 to 1 */
  progress(title: string, more: string): (part: number) => void;
  clear(): void;
}

/** The line that tells how things stand; screen readers read it aloud when it changes. */
export function notice(): Notice {
  const node = el('div', { class: 'notice', role: 'status', 'aria-live': 'polite', hidden: true });
  const say: Notice['say'] = (kind, title, more) => {
    node.className = `notice ${kind}`;
    node.replaceChildren(
      el('strong', {}, sentence(title)),
      ...(more === undefined ? [] : [el('p', {}, sentence(more))]),
    );
    node.hidden = false;
  };
  return {
    node,
    say,
    progress(title, more) {
      say('info', title, more);
      const bar = el('progress', { max: 100, value: 0, 'aria-label': title });
      node.append(bar);
      return (part) => {
        bar.value = Math.floor(part * 100);
      };
    },
    clear() {
      node.hidden = true;
      node.replaceChildren();
    },
  };
}

/** The program's messages are phrases in lower case; on a page they are sentences. */
export function sentence(phrase: string): string {
  const text = phrase.charAt(0).toUpperCase() + phrase.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Disables a form's controls while something runs. */
export async function whileBusy<T>(element: HTMLElement, act: () => Promise<T>): Promise<T> {
  const controls = [...element.querySelectorAll('button, input, textarea, select')] as HTMLButtonElement[];
  const enabled = controls.filter((control) => !control.disabled);
  for (const control of enabled) control.disabled = true;
  element.setAttribute('aria-busy', 'true');
  // The browser paints once before the work begins: some of it does not pause.
  await new Promise((painted) => setTimeout(painted, 20));
  try {
    return await act();
  } finally {
    for (const control of enabled) control.disabled = false;
    element.removeAttribute('aria-busy');
  }
}
