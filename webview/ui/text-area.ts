import {
  provideVSCodeDesignSystem,
  type TextArea as ToolkitTextArea,
  vsCodeTextArea,
} from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(vsCodeTextArea());

export interface TextArea {
  readonly element: HTMLElement;
  value: string;
  setPlaceholder(text: string): void;
  focus(): void;
}

export interface TextAreaOptions {
  /** Its name for screen readers. */
  label: string;
  /** It grows with its text from the height of its style sheet up to this, px. */
  maxHeightPx: number;
  onInput(value: string): void;
}

export function createTextArea(options: TextAreaOptions): TextArea {
  const element = document.createElement('vscode-text-area') as ToolkitTextArea;
  element.setAttribute('aria-label', options.label);
  const grow = () => {
    const { control } = element;
    // Not drawn yet: it grows with the first input.
    if (!control) return;
    control.style.height = 'auto';
    const { scrollHeight, offsetHeight, clientHeight } = control;
    control.style.height = `${Math.min(options.maxHeightPx, scrollHeight + offsetHeight - clientHeight)}px`;
    control.style.overflowY = scrollHeight > options.maxHeightPx ? 'auto' : 'hidden';
  };
  element.addEventListener('input', () => {
    options.onInput(element.value);
    grow();
  });
  return {
    element,
    get value() {
      return element.value;
    },
    set value(text) {
      if (element.value === text) return;
      element.value = text;
      requestAnimationFrame(grow);
    },
    setPlaceholder(text) {
      if (element.placeholder !== text) element.placeholder = text;
    },
    focus: () => element.control?.focus(),
  };
}
