/** A job that can't be carried out, with the name under which the gateway knows the cause. */
class Failure extends Error {
  /** @param {string} kind  @param {string} detail */
  constructor(kind, detail) {
    super(detail);
    this.kind = kind;
  }
}
