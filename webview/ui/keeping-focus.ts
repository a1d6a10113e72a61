/** Draws anew what is inside `element` and keeps the focus where it was, by `data-key`. */
export function keepingFocus(element: HTMLElement, draw: () => void): void {
  const focused = document.activeElement;
  const key = element.contains(focused) ? (focused as HTMLElement).dataset.key : undefined;
  draw();
  if (key !== undefined) element.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}
