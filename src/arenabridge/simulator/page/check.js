// The place of the site's own check of its page. It is off: no token is made, and none is sent.

/** What goes into a generating call's body beside the message. */
export async function checkFields(action) {
  void action;
  return {};
}
