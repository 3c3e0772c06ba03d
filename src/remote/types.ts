/**
 * The one interface over every Onetime Secret dialect: what a user can do to a server, in this program's words.
 * Dialects (v1, v2, v3) translate; nothing outside this room knows a path, a field name or a status of the wire.
 *
 * Every method throws {@link OtsError} and nothing else. Codes: `not_found`, `wrong_passphrase`, `unauthorized`,
 * `network`, `rate_limited`, `refused`, `usage`. No error carries a full identifier, passphrase or token.
 */

export type Dialect = 'v1' | 'v2' | 'v3';

/**
 * Where a secret stands. `viewed`: somebody looked at the page or asked for the status, nobody read it.
 * `gone`: no longer readable, the server does not say why. `unknown`: this server cannot tell.
 */
export type SecretState = 'new' | 'viewed' | 'revealed' | 'burned' | 'expired' | 'gone' | 'unknown';

export interface Credentials {
  username: string;
  token: string;
}

export interface ConcealRequest {
  /** Well-formed Unicode, at most the server's limit in bytes of UTF-8. Usually a text form (`ots1.…`). */
  text: string;
  /** Whole seconds, at least 1. */
  ttlSeconds: number;
  /** What the server demands from whoever reveals: a gate token, or a plain passphrase. Sent as it stands. */
  passphrase?: string | undefined;
  /** Custom domain for the link. */
  shareDomain?: string | undefined;
  /** The server mails its own link to this address. */
  recipient?: string | undefined;
}

export interface Concealed {
  secretId: string;
  receiptId: string;
  /** The lifetime of the secret that the server granted, in seconds; undefined when it does not say. */
  ttlSeconds: number | undefined;
  /** Host (and port) of the link when it is a custom domain's; undefined for the server's own. */
  shareDomain: string | undefined;
}

export interface RevealOptions {
  passphrase?: string | undefined;
  /** 32 random bytes in base64url, fresh for each secret. Only for servers with {@link Remote.claimSeconds}. */
  claim?: string | undefined;
}

export interface Revealed {
  /** Exactly the text that the server gave. */
  text: string;
  /** The server says that it had cut the text when it was stored (versions 0.18 to 0.23). */
  truncated: boolean;
}

/** How a burn ended: `burned` by this call, or it was already unreadable in the given state. */
export interface Burned {
  burnedNow: boolean;
  /** `burned`, `revealed`, `expired` or `gone`. */
  state: SecretState;
}

export interface ReceiptInfo {
  receiptId: string;
  /** Absent once the secret is gone, and where the server hides it. */
  secretId: string | undefined;
  /** The first 6 or 8 characters of the secret's identifier, where the server tells. */
  secretShortId: string | undefined;
  state: SecretState;
  /** Seconds that the secret still lives; undefined when gone or not told. */
  secretTtlSeconds: number | undefined;
  /** Whole seconds since 1970. */
  createdAtSeconds: number | undefined;
  hasPassphrase: boolean | undefined;
}

export interface SecretStatus {
  state: SecretState;
  /** Seconds left; undefined when gone or not told. */
  ttlSeconds: number | undefined;
  hasPassphrase: boolean | undefined;
}

export interface GenerateRequest {
  ttlSeconds: number;
  passphrase?: string | undefined;
  shareDomain?: string | undefined;
}

export interface Generated extends Concealed {
  /** The value that the server made; undefined where its answer does not carry it. */
  value: string | undefined;
}

export interface Remote {
  readonly dialect: Dialect;
  /** Base URL without trailing slash, a path prefix included. */
  readonly baseUrl: string;
  /** Bytes of UTF-8 that one secret may have here: announced by the server, else the caller's assumption. */
  readonly maxTextBytes: number;
  /** Seconds for which a reveal may be repeated with one claim; undefined: this server keeps no claims. */
  readonly claimSeconds: number | undefined;

  /**
   * Stores a text. Checks its size before anything is sent; repeats only when the connection was refused before a
   * byte went out. With credentials, an answer that shows an anonymous secret is burned and becomes `unauthorized`;
   * an answer that shows a cut text is burned and becomes `refused`.
   */
  conceal(request: ConcealRequest): Promise<Concealed>;
  /**
   * Fetches and thereby spends a secret: exactly one request, never repeated, never redirected. With a claim, to a
   * server that keeps claims, the request may be repeated: the same claim gets the same answer.
   */
  reveal(secretId: string, options?: RevealOptions): Promise<Revealed>;
  /** Tells a server that keeps claims that the secret arrived, so that it erases the value. */
  acknowledge(secretId: string, claim: string): Promise<void>;
  /** Destroys by receipt identifier. `not_found` only when the server does not know the receipt. */
  burn(receiptId: string, options?: { passphrase?: string | undefined }): Promise<Burned>;
  receipt(receiptId: string): Promise<ReceiptInfo>;
  /** State of a secret, without spending it. */
  status(secretId: string): Promise<SecretStatus>;
  /** The account's receipts, newest first. Needs credentials. */
  recent(): Promise<ReceiptInfo[]>;
  /** Lets the server make a value. The program itself makes values locally; this is for compatibility. */
  generate(request: GenerateRequest): Promise<Generated>;
  /** Who the credentials belong to, verified with the server; undefined without credentials. */
  whoAmI(): Promise<{ username: string } | undefined>;
  /** Resolves when the server answers as a Onetime Secret server. */
  ping(): Promise<void>;
  /** Closes pooled connections. */
  close(): Promise<void>;
}

/** What a probe learned about a server. Kept for a day. */
export interface ServerFacts {
  /** What `/api/v2/status` showed: `current` has `success` (0.24 and later), `old` has not (0.18 to 0.23), `v1only`: no v2. */
  generation: 'current' | 'old' | 'v1only';
  maxTextBytes: number | undefined;
  claimSeconds: number | undefined;
  /** Milliseconds since 1970. */
  probedAtMs: number;
  /** What an old server says of itself, as `0.18.3`; its v2 changed shape within 0.18 to 0.23. */
  version?: string | undefined;
}

/** Where probes are remembered; the file behind it belongs to local. Failures to read or write are not errors. */
export interface ServerMemory {
  get(baseUrl: string): ServerFacts | undefined;
  set(baseUrl: string, facts: ServerFacts): void;
}

export interface RemoteSettings {
  /** http or https, without query or fragment; a path prefix is kept. */
  baseUrl: string;
  api: 'auto' | Dialect;
  credentials?: Credentials | undefined;
  timeoutMs: number;
  /** Assumed limit where the server announces none. */
  maxTextBytes?: number | undefined;
  /** Proxy URL for this base URL, already chosen (NO_PROXY applied). */
  proxyUrl?: string | undefined;
  /** Additional trusted certificates, PEM. */
  caPem?: string | undefined;
  memory?: ServerMemory | undefined;
  /** Milliseconds since 1970; the composition root's clock. */
  now: () => number;
  /** Receives one line a request, with identifiers, secrets and credentials redacted; for OTS_DEBUG. */
  log?: ((line: string) => void) | undefined;
  userAgent?: string | undefined;
  /** Many requests will follow: let V8 spend time on making the HTTP parser fast. */
  manyRequests?: boolean | undefined;
  /** Connections at a time; 16 unless given. */
  connections?: number | undefined;
}
