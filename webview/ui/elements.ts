export interface ElementProps {
  class?: string;
  text?: string;
  /** Tooltip. */
  title?: string;
  attributes?: Record<string, string>;
}

export type Child = Node | string | null | undefined | false;

/** An element with its properties and children; texts never become HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: ElementProps = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  if (props.title) element.title = props.title;
  if (props.text !== undefined) element.textContent = props.text;
  for (const [name, value] of Object.entries(props.attributes ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A codicon; decoration only, so the text beside it says what it means. */
export function icon(name: string, options: { spin?: boolean } = {}): HTMLElement {
  const spin = options.spin ? ' codicon-modifier-spin' : '';
  return h('span', { class: `codicon codicon-${name}${spin}`, attributes: { 'aria-hidden': 'true' } });
}

/** Text for screen readers only. */
export function spoken(text: string): HTMLElement {
  return h('span', { class: 'spoken', text });
}
