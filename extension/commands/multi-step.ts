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

export interface PickItem extends vscode.QuickPickItem {
  /** The answer; default: the label. */
  value?: string;
  /** Why it cannot be chosen; it is shown all the same. */
  obstacle?: string | null;
}

/** A choice. With `other`, what was typed may be the answer too. */
export interface PickQuestion {
  kind: 'pick';
  placeholder: string;
  /** Those that are asked for first are waited for, with a bar that moves; a failure ends the questions. */
  items: readonly PickItem[] | Promise<readonly PickItem[]>;
  /** The answer that Enter gives at once. */
  value?: string | undefined;
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
  const pick = vscode.window.createQuickPick<PickItem>();
  pick.placeholder = question.placeholder;
  pick.matchOnDetail = true;
  pick.matchOnDescription = true;
  pick.busy = true;
  let items: readonly PickItem[] = [];
  const typed = (value: string): PickItem => ({ label: value, description: t('as typed'), alwaysShow: true });
  return ask(pick, frame, (accept, fail) => {
    Promise.resolve(question.items).then((known) => {
      items = known.map((item) => (item.obstacle ? { ...item, description: item.obstacle } : item));
      pick.items = items;
      // Without one the first is active; an empty list would make none active, and Enter would do nothing.
      const active = items.find((item) => question.value !== undefined && answerOf(item) === question.value);
      if (active) pick.activeItems = [active];
      pick.busy = false;
    }, fail);
    return [
      pick.onDidChangeValue((value) => {
        if (!question.other) return;
        const known = items.some(({ label }) => label === value);
        pick.items = value === '' || known ? items : [typed(value), ...items];
      }),
      pick.onDidAccept(() => {
        const [chosen] = pick.selectedItems;
        if (chosen && !chosen.obstacle) accept(answerOf(chosen));
      }),
    ];
  });
}

const answerOf = ({ value, label }: PickItem): Answer => value ?? label;

type Input = vscode.InputBox | vscode.QuickPick<PickItem>;
type Listen = (accept: (value: string) => void, fail: (error: unknown) => void) => vscode.Disposable[];

function ask(input: Input, frame: Frame, listen: Listen) {
  return new Promise<Answer | typeof BACK>((resolve, reject) => {
    input.title = frame.title;
    input.step = frame.step;
    input.totalSteps = frame.totalSteps;
    input.ignoreFocusOut = true;
    input.buttons = frame.canGoBack ? [vscode.QuickInputButtons.Back] : [];
    const subscriptions = [
      ...listen(
        (value) => {
          resolve(value);
          input.hide();
        },
        (error) => {
          reject(error);
          input.hide();
        },
      ),
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
