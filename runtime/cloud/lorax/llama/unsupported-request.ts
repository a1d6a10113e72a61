/** The request asks for something that this engine cannot do; the message is the answer's, after LoRAX's own beginning. */
export class UnsupportedRequest extends Error {
  override readonly name = 'UnsupportedRequest';
}
