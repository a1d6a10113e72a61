import type { ChatMessage } from '../../../contracts/lorax.ts';

/** How the families of models mark turns. Their templates are programs (Jinja); what they print for text is always this. */
const FAMILIES: readonly { mark: string; turn: (role: string, text: string) => string; answer: string }[] = [
  {
    // Qwen, Phi-3.5 and many others: ChatML.
    mark: '<|im_start|>',
    turn: (role, text) => `<|im_start|>${role}\n${text}<|im_end|>\n`,
    answer: '<|im_start|>assistant\n',
  },
  {
    // Llama 3.
    mark: '<|start_header_id|>',
    turn: (role, text) => `<|start_header_id|>${role}<|end_header_id|>\n\n${text}<|eot_id|>`,
    answer: '<|start_header_id|>assistant<|end_header_id|>\n\n',
  },
  {
    // Gemma; it has no role for the system.
    mark: '<start_of_turn>',
    turn: (role, text) => `<start_of_turn>${role === 'assistant' ? 'model' : 'user'}\n${text}<end_of_turn>\n`,
    answer: '<start_of_turn>model\n',
  },
  {
    // Mistral; it has no role for the system.
    mark: '[INST]',
    turn: (role, text) => (role === 'assistant' ? `${text}</s>` : `[INST] ${text} [/INST]`),
    answer: '',
  },
];

/** For models without a template, or with one that is not known here. */
const PLAIN = { turn: (role: string, text: string) => `<|${role}|>\n${text}\n`, answer: '<|assistant|>\n' };

/** The prompt of a conversation. @param template the model's own, from its GGUF file */
export function chatPrompt(messages: readonly ChatMessage[], template: string | undefined): string {
  const { turn, answer } = FAMILIES.find(({ mark }) => template?.includes(mark)) ?? PLAIN;
  return messages.map(({ role, content }) => turn(role, textOf(content))).join('') + answer;
}

function textOf(content: ChatMessage['content']): string {
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map((part) => part.text ?? '').join('');
}
