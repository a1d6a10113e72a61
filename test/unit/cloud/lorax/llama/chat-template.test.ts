import { describe, expect, it } from 'vitest';
import { chatPrompt } from '../../../../../runtime/cloud/lorax/llama/chat-template.ts';

const MESSAGES = [
  { role: 'system', content: 'You lead.' },
  { role: 'user', content: [{ type: 'text', text: 'Goals?' }] },
];

describe('chatPrompt', () => {
  it('marks turns as the model was trained to read them', () => {
    expect(chatPrompt(MESSAGES, "{{ '<|im_start|>' + message.role }}")).toBe(
      '<|im_start|>system\nYou lead.<|im_end|>\n<|im_start|>user\nGoals?<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(chatPrompt(MESSAGES, '… <|start_header_id|> …')).toBe(
      '<|start_header_id|>system<|end_header_id|>\n\nYou lead.<|eot_id|>' +
        '<|start_header_id|>user<|end_header_id|>\n\nGoals?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    );
  });

  it('marks them plainly for a model without a template', () => {
    expect(chatPrompt(MESSAGES, undefined)).toBe('<|system|>\nYou lead.\n<|user|>\nGoals?\n<|assistant|>\n');
  });
});
