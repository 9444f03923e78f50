/** Calls the public API: credentials, problem documents, pages. */

import { askForCredential, authorization } from './credentials.js';

/** Relative to the page, so that it also works behind a proxy that adds a path. */
const ROOT = new URL('api/v1/', document.baseURI);

/** An answer that is not a success, or none at all (status 0). `detail` is what the service said. */
export class ApiError extends Error {
  constructor(status, detail, code = '') {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/**
 * The address of a request.
 *
 * @param {string} path below `/api/v1/`, from `path` if it has an id
 * @param {Object|URLSearchParams} query empty and missing values are left out
 */
export function url(path, query = {}) {
  const target = new URL(path, ROOT);
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  for (const [name, value] of entries) {
    if (value !== '' && value !== null && value !== undefined) {
      target.searchParams.append(name, value);
    }
  }
  return target;
}

/** A path with ids in it, encoded: path`sensors/${id}/readings`. */
export function path(texts, ...ids) {
  return String.raw({ raw: texts }, ...ids.map(encodeURIComponent));
}

/**
 * Sends a request, and asks for a credential if the service wants one.
 *
 * @param {URL} target from `url`
 * @return {Promise<Response>} a success
 * @throws {ApiError} otherwise; an `AbortError` if the signal aborts it
 */
export async function request(target, options = {}) {
  let answer;
  // A ticket is a credential, and the service refuses several. Its stream gets a new one when it connects again.
  const hasTicket = target.searchParams.has('ticket');
  const used = hasTicket ? null : authorization();
  try {
    const headers = { ...options.headers, ...(used === null ? {} : { Authorization: used }) };
    answer = await fetch(target, { ...options, headers, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    if (error.name === 'AbortError') {
      throw error;
    }
    throw new ApiError(0, 'The service does not answer');
  }
  if (answer.ok) {
    return answer;
  }
  const problem = await readProblem(answer);
  // Another request may have got a new credential meanwhile.
  if (answer.status === 401 && !hasTicket && (authorization() !== used || (await askForCredential(problem.message)))) {
    return request(target, options);
  }
  throw problem;
}

async function readProblem(answer) {
  try {
    const body = await answer.json();
    return new ApiError(answer.status, body.detail ?? body.title, (body.type ?? '').split(':').at(-1));
  } catch {
    return new ApiError(answer.status, `The service answered ${answer.status}`);
  }
}

/** Requests a JSON document. */
export async function getJson(target, signal) {
  return (await request(target, { signal, headers: { Accept: 'application/json' } })).json();
}

/** Requests a stream of JSON lines, whole: one that breaks off is a failure. */
export async function getLines(target, signal) {
  const answer = await request(target, { signal, headers: { Accept: 'application/x-ndjson' } });
  try {
    const text = await answer.text();
    return { lines: text.split('\n').filter(Boolean).map(line => JSON.parse(line)), headers: answer.headers };
  } catch (error) {
    throw error.name === 'AbortError' ? error : new ApiError(0, 'The response broke off');
  }
}

/** The pages of a list, one after another. */
export async function* pages(apiPath, query, signal) {
  let cursor = '';
  do {
    const page = await getJson(url(apiPath, { ...query, cursor }), signal);
    yield page;
    cursor = page.next;
  } while (cursor);
}
