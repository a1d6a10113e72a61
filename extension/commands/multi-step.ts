import * as vscode from 'vscode';
import { t } from '../l10n.ts';
import { Cancelled } from './register.ts';

/** A line of text to type; `check` gives what is wrong with it, while it is typed. */
export interface TextQuestion {
  kind: 'text';
  prompt: string;
  placeholder?: string;
  value?: string | undefined;
  /** What is typed is not shown. */
  password?: boolean;
  check?: (value: string) => string | undefined;
}

/** A choice. With `other`, what was typed may be the answer too. */
export interface PickQuestion {
  kind: 'pick';
  placeholder: string;
  items: readonly vscode.QuickPickItem[];
  other?: boolean;
}

export type Question = TextQuestion | PickQuestion;
type Answer = string;
const BACK = Symbol('back');

/**
 * Asks questions one after the other, with Back. A question is a function of the answers so far; undefined skips it.
 * @returns the answers in the order of the questions ('' for a skipped one)
 * @throws Cancelled on Esc
 */
export async function askSteps(
  title: string,
  questions: readonly ((answers: readonly string[]) => Question | undefined)[],
): Promise<string[]> {
  const answers: string[] = [];
  const asked: number[] = [];
  let step = 0;
  while (step < questions.length) {
    const question = questions[step]!(answers);
    if (!question) {
      answers[step++] = '';
      continue;
    }
    const frame = { title, step: step + 1, totalSteps: questions.length, canGoBack: asked.length > 0 };
    const answer = await (question.kind === 'text' ? askText(question, frame) : askPick(question, frame));
    if (answer === BACK) {
      step = asked.pop() ?? 0;
      continue;
    }
    asked.push(step);
    answers[step++] = answer;
  }
  return answers;
}

interface Frame {
  title: string;
  step: number;
  totalSteps: number;
  canGoBack: boolean;
}

function askText(question: TextQuestion, frame: Frame): Promise<Answer | typeof BACK> {
  const input = vscode.window.createInputBox();
  input.prompt = question.prompt;
  input.placeholder = question.placeholder;
  input.value = question.value ?? '';
  input.password = question.password ?? false;
  const check = () => {
    input.validationMessage = question.check?.(input.value);
    return input.validationMessage === undefined;
  };
  return ask(input, frame, (accept) => [
    // An empty field is not wrong before something was typed into it.
    input.onDidChangeValue(check),
    input.onDidAccept(() => check() && accept(input.value)),
  ]);
}

function askPick(question: PickQuestion, frame: Frame): Promise<Answer | typeof BACK> {
  const pick = vscode.window.createQuickPick();
  pick.placeholder = question.placeholder;
  pick.items = question.items;
  pick.matchOnDetail = true;
  const typed = (value: string): vscode.QuickPickItem => ({
    label: value,
    description: t('as typed'),
    alwaysShow: true,
  });
  return ask(pick, frame, (accept) => [
    pick.onDidChangeValue((value) => {
      if (!question.other) return;
      const known = question.items.some(({ label }) => label === value);
      pick.items = value === '' || known ? question.items : [typed(value), ...question.items];
    }),
    pick.onDidAccept(() => pick.selectedItems[0] && accept(pick.selectedItems[0].label)),
  ]);
}

type Input = vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>;

function ask(input: Input, frame: Frame, listen: (accept: (value: string) => void) => vscode.Disposable[]) {
  return new Promise<Answer | typeof BACK>((resolve, reject) => {
    input.title = frame.title;
    input.step = frame.step;
    input.totalSteps = frame.totalSteps;
    input.ignoreFocusOut = true;
    input.buttons = frame.canGoBack ? [vscode.QuickInputButtons.Back] : [];
    const subscriptions = [
      ...listen((value) => {
        resolve(value);
        input.hide();
      }),
      input.onDidTriggerButton(() => {
        resolve(BACK);
        input.hide();
      }),
      input.onDidHide(() => {
        // After an answer this changes nothing: a promise settles once.
        reject(new Cancelled());
        vscode.Disposable.from(input, ...subscriptions).dispose();
      }),
    ];
    input.show();
  });
}
