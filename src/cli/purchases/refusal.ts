/** What was asked for cannot be done; the message tells an operator why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
