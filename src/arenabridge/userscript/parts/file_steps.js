/** Files to the site's storage and from it: where the site has just said, and without the person's credentials. */

const AS_NOBODY = { credentials: 'omit', referrerPolicy: 'no-referrer' };

/**
 * @param {Job} errand
 * @param {{url: string, media_type: string}} step
 * @param {Uint8Array[]} pieces  of the file
 * @param {{outbox: Outbox, told: Told}} parts
 */
async function putFile(errand, { url, media_type: type }, pieces, { outbox, told }) {
  if (!told.byAction(url) || !isStorageUrl(url)) throw new Failure('forbidden_path', `PUT ${hostOf(url)}`);
  const body = new Blob(pieces, { type });
  const request = { method: 'PUT', body, headers: { 'Content-Type': type }, redirect: 'error' };
  const response = await asNobody(errand, url, request, outbox);
  outbox.report(errand, headOf(response));
  if (response.body) await passOn(response.body.getReader(), errand, outbox);
  outbox.report(errand, { type: 'end' });
}

/**
 * @param {Job} errand
 * @param {{url: string, limit: number}} step
 * @param {{outbox: Outbox, told: Told}} parts
 */
async function getFile(errand, { url, limit }, { outbox, told }) {
  if (!told.lately(url) || !isStorageUrl(url)) throw new Failure('forbidden_path', `GET ${hostOf(url)}`);
  const response = await asNobody(errand, url, {}, outbox);
  outbox.report(errand, headOf(response));
  await passOnBase64(response, limit, errand, outbox);
  outbox.report(errand, { type: 'end' });
}

function asNobody(errand, url, request, outbox) {
  outbox.report(errand, { type: 'start' });
  errand.started = true;
  return sent(native.fetch(url, { ...request, ...AS_NOBODY, signal: errand.abort.signal }));
}

/** Each piece but the last is made of whole threes: so each can be read for itself, and all of them joined. */
async function passOnBase64(response, limit, errand, outbox) {
  const { signal } = errand.abort;
  let rest = new Uint8Array(0);
  for await (const piece of piecesOf(response, limit, signal)) {
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    const whole = bytes.length - (bytes.length % 3);
    if (whole) outbox.chunk(errand, base64(bytes.subarray(0, whole)));
    rest = bytes.slice(whole);
    await outbox.room(signal);
  }
  if (rest.length) outbox.chunk(errand, base64(rest));
}

/** More arguments than this at once are too many for some browsers. */
const BASE64_STEP_BYTES = 1 << 15;

function base64(bytes) {
  const texts = [];
  for (let at = 0; at < bytes.length; at += BASE64_STEP_BYTES) {
    texts.push(String.fromCharCode(...bytes.subarray(at, at + BASE64_STEP_BYTES)));
  }
  return btoa(texts.join(''));
}

/** The rest of such an address is a key to the file. */
function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host : 'what is no address';
}
