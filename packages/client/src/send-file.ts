/** Where the bytes go, and with which headers. */
export interface SendFileRequest {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly file: Blob;
  readonly signal: AbortSignal;
  readonly onSent: (bytes: number) => void;
}

/** What answered; 0: nothing did. */
export interface SendFileAnswer {
  readonly status: number;
  readonly text: string;
}

/** PUTs a file. Rejects only when aborted. */
export type SendFile = (request: SendFileRequest) => Promise<SendFileAnswer>;

/** What is used of the browser's XMLHttpRequest. */
interface ProgressRequest {
  readonly upload: {
    addEventListener(
      type: 'progress',
      listener: (event: { readonly loaded: number }) => void,
    ): void;
  };
  readonly status: number;
  readonly responseText: string;
  addEventListener(type: 'loadend', listener: () => void): void;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: Blob): void;
  abort(): void;
}

/** With progress where there is an XMLHttpRequest, as in browsers and React Native; else by fetch, whose requests tell none. */
export function chooseSendFile(): SendFile {
  const scope: object = globalThis;
  const Request: (new () => ProgressRequest) | undefined = Reflect.get(scope, 'XMLHttpRequest');
  return Request === undefined ? sendByFetch : sendByRequest(() => new Request());
}

const sendByFetch: SendFile = async ({ url, headers, file, signal, onSent }) => {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
      body: file,
      signal,
    });
    if (response.ok) onSent(file.size);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    return { status: 0, text: '' };
  }
};

function sendByRequest(createRequest: () => ProgressRequest): SendFile {
  return ({ url, headers, file, signal, onSent }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const request = createRequest();
      const abort = (): void => request.abort();
      request.open('PUT', url);
      for (const { name, value } of headers) request.setRequestHeader(name, value);
      request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
      request.addEventListener('loadend', () => {
        signal.removeEventListener('abort', abort);
        if (signal.aborted) reject(signal.reason);
        else resolve({ status: request.status, text: request.responseText });
      });
      signal.addEventListener('abort', abort);
      request.send(file);
    });
}
