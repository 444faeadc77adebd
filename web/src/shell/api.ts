/** Why a request did not work, in the server's words or in ours when there was no server to ask. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string | null;
  retryAfterSeconds: number | null;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Ends the request when it is aborted. */
  control?: AbortController;
  /** A 401 here is an answer to show, not the end of the sign-in. */
  anonymous?: boolean;
}

// A phone that changes networks can leave a request hanging for minutes; the person has given up long before.
const patience = 30_000;

let signInEnded: () => void = () => {};

/** Who is told when the server no longer knows this browser. */
export function whenSignInEnds(tell: () => void): void {
  signInEnded = tell;
}

export const api = {
  get: <T>(path: string, options?: RequestOptions) => request<T>('GET', path, options),
  post: <T>(path: string, body: unknown, options?: RequestOptions) => request<T>('POST', path, { ...options, body }),
  patch: <T>(path: string, body: unknown) => request<T>('PATCH', path, { body }),
  put: <T>(path: string, body?: unknown) => request<T>('PUT', path, { body }),
  delete: <T>(path: string) => request<T>('DELETE', path),
};

async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  const control = options.control ?? new AbortController();
  const body = options.body === undefined ? null : JSON.stringify(options.body);
  const timer = setTimeout(() => control.abort(), patience);
  try {
    return await answerTo<T>(
      `/api/v1${path}`,
      { method, headers, body, signal: control.signal },
      options.anonymous ?? false,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function answerTo<T>(address: string, init: RequestInit, isAnonymous: boolean): Promise<Answer<T>> {
  // Only what the network may do to a request is caught. A mistake of this page would pass for a connection that is lost,
  // and what waits to be sent would wait for ever without a reason.
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch {
    return { ok: false, problem: unreachable() };
  }

  if (response.ok) {
    if (response.status === 204) return { ok: true, value: undefined as T };
    try {
      return { ok: true, value: (await response.json()) as T };
    } catch {
      return { ok: false, problem: unreachable() };
    }
  }

  const problem = await readProblem(response);
  if (response.status === 401 && !isAnonymous) signInEnded();
  return { ok: false, problem };
}

function unreachable(): Problem {
  return { status: 0, code: 'UNREACHABLE', title: '', detail: null, retryAfterSeconds: null };
}

export async function readProblem(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('retry-after'));
  const problem: Problem = {
    status: response.status,
    code: `HTTP_${response.status}`,
    title: '',
    detail: null,
    retryAfterSeconds: retryAfter > 0 ? retryAfter : null,
  };
  try {
    const told: unknown = await response.json();
    if (typeof told === 'object' && told !== null) {
      const { code, title, detail } = told as Record<string, unknown>;
      if (typeof code === 'string') problem.code = code;
      if (typeof title === 'string') problem.title = title;
      if (typeof detail === 'string') problem.detail = detail;
    }
  } catch {
    // A proxy in between answered with a page of its own; the status has to do.
  }
  return problem;
}

/** Makes a query string of what is set. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== false);
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}
