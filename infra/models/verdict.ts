/** What a failed call means, decided once and for every provider: one pure function from fault to verdict. */
import { MESSAGE_CHARACTERS_MAX } from '../../core/story/limits';
import type { Failure } from '../../core/story/vocabulary';
import { isComplaint, readComplaint, type Complaint } from './complaint';
import { retryAfterMs } from './retry-after';

/** A call that gave no usable answer, as the transport saw it. */
export interface CallFault {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Of the system or the transport: ECONNREFUSED, ENOTFOUND, UND_ERR_SOCKET. */
  readonly code?: string;
  readonly message: string;
  readonly timedOut?: boolean;
  /** The connection ended before the answer did. */
  readonly cut?: boolean;
}

export type VerdictKind =
  | 'retry-row'
  | 'rate-limited'
  | 'overloaded'
  | 'endpoint-down'
  | 'row-failed'
  | 'content-filtered'
  /** The server does not take the answer format that the request asks for: a plainer one may do. */
  | 'format-refused'
  | 'key-rejected'
  | 'out-of-funds'
  | 'model-gone'
  | 'bug';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly retry: boolean;
  /** What the provider asks us to wait. */
  readonly afterMs?: number;
  /** False where the fault is the provider's or a person's affair, not the row's. */
  readonly costsAttempt: boolean;
  /** Whether the provider may bill the call all the same. */
  readonly paid: 'no' | 'yes' | 'unknown';
  readonly message: string;
  /** The row's failure, if this was its last attempt. */
  readonly reason?: Failure;
  /** A 5xx or socket fault: nothing but these for a while means that the endpoint is dead. */
  readonly endpointFault?: boolean;
}

interface Rule {
  readonly kind: VerdictKind;
  /** Any, where absent. */
  readonly statuses?: readonly number[];
  /** Sought in the body's codes and message. */
  readonly words?: RegExp;
  readonly reason?: Failure;
  readonly paid?: 'yes' | 'unknown';
  readonly hint?: string;
}

const NOTHING_THERE =
  'Nothing answers at this address: check baseUrl and the model name in perennial.config.yaml.';
const NOT_UNDERSTOOD =
  'The endpoint does not understand the request: check its flavour and the model’s capabilities.';
const SET_CAPABILITIES =
  'The row is asked again in a plainer format; leave jsonSchema or jsonMode out of the model’s capabilities in perennial.config.yaml to spare the refused calls.';

/** Two words that must stand near each other, in either order. */
const near = (a: string, b: string): string => `(${a}).{0,200}?(${b})|(${b}).{0,200}?(${a})`;
const FORMAT =
  'response[ _]format|json[ _](schema|object|mode)|structured outputs?|guided[ _](json|decoding)|output_config';
const NOT_TAKEN =
  'not (support|available|enabled|permitted|allowed|implemented)|(does|is)(n.t| not) support|unsupported|unknown|unrecognized|enabled only|extra_forbidden|input should be|must be (one of|.?(text|json))|type.? must be';
const FORMAT_REFUSED = new RegExp(
  `invalid_json_schema|invalid schema for response_format|failed to (parse|compile) grammar|grammar (error|compilation)|json[ _]schema conversion failed|(invalid|required for) (json schema in )?format|${near(FORMAT, NOT_TAKEN)}`,
);

/** The first rule that fits decides: the particular ones come before the general ones of the same status. */
const RULES: readonly Rule[] = [
  {
    kind: 'content-filtered',
    statuses: [400, 403, 422, 451],
    words:
      /content_?filter|content_policy|content management policy|responsibleai|(input|prompt) was flagged|flagged as potentially violating|safety system/,
  },
  { kind: 'out-of-funds', statuses: [402] },
  {
    kind: 'out-of-funds',
    statuses: [400, 401, 403, 429],
    words:
      /insufficient[_ ](quota|funds|credits?|balance)|exceeded your current quota|billing_(hard_limit|not_active)|billing hard limit|credit (balance|limit)|key limit exceeded|out of call volume quota|spend(ing)? (limit|alert)/,
  },
  {
    kind: 'model-gone',
    statuses: [400, 403, 404, 410, 422],
    words:
      /model_?not_?found|model_not_available|model_decommissioned|model_terms_required|deploymentnotfound|not a valid model|no endpoints found|model\b.{0,200}?(does not exist|not found|decommissioned|do(es)? not have access)|unable to access (non-serverless )?model/,
  },
  // Larger than the memory of the machine: no retry makes it smaller.
  { kind: 'model-gone', statuses: [500], words: /requires more system memory/ },
  {
    kind: 'row-failed',
    statuses: [400, 403, 413, 422, 500],
    words:
      /context_length_exceeded|exceed_context_size|context (length|size|window)|longer than the (maximum )?model|max_new_tokens.{0,40}must be|reduce the length|string_above_max_length|prompt is too long/,
    reason: 'context-exceeded',
  },
  { kind: 'key-rejected', statuses: [401, 403] },
  {
    kind: 'key-rejected',
    statuses: [400],
    words: /api[_ ]key.{0,40}(invalid|not valid|expired)|invalid_api_key|organization_restricted/,
  },
  // Larger than the bucket: waiting would never end, so this is the row's fault and not a rate limit.
  { kind: 'row-failed', statuses: [413, 429], words: /request too large/, reason: 'context-exceeded' },
  { kind: 'row-failed', statuses: [413], reason: 'context-exceeded' },
  { kind: 'rate-limited', statuses: [429] },
  { kind: 'overloaded', statuses: [498, 503, 529] },
  { kind: 'retry-row', statuses: [400], words: /json_validate_failed|failed to generate json/, paid: 'yes' },
  { kind: 'format-refused', statuses: [400, 422, 500, 501], words: FORMAT_REFUSED, hint: SET_CAPABILITIES },
  {
    kind: 'bug',
    statuses: [400, 422],
    words:
      /unsupported_(parameter|value)|unknown_parameter|unrecognized request argument|extra inputs are not permitted|extra_forbidden|operationnotsupported/,
    hint: NOT_UNDERSTOOD,
  },
  { kind: 'retry-row', statuses: [408, 504, 524], reason: 'timeout', paid: 'unknown' },
  { kind: 'retry-row', statuses: [409, 425, 499] },
  { kind: 'model-gone', statuses: [301, 302, 303, 307, 308, 404, 410], hint: NOTHING_THERE },
  { kind: 'bug', statuses: [405, 406, 411, 415, 426, 501, 505], hint: NOT_UNDERSTOOD },
];

const RETRIED: readonly VerdictKind[] = ['retry-row', 'rate-limited', 'overloaded', 'endpoint-down'];
const COSTS_ATTEMPT: readonly VerdictKind[] = [
  'retry-row',
  'row-failed',
  'content-filtered',
  'format-refused',
];
/** The request never left this machine. */
const NOT_REACHED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|ERR_TLS_.*|ERR_SSL_.*)$/;
const SOCKET = /^(E[A-Z]+|UND_ERR_.*|HPE_.*|ERR_STREAM_.*|ABORT_ERR)$/;
/** A gateway's 200 with an error inside and no number. */
const STATUS_OF_HIDDEN_ERROR = 502;

function lowerCase(headers: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function verdict(
  kind: VerdictKind,
  paid: Verdict['paid'],
  message: string,
  more: Partial<Verdict> = {},
): Verdict {
  return {
    kind,
    retry: RETRIED.includes(kind),
    costsAttempt: COSTS_ATTEMPT.includes(kind),
    paid,
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    ...more,
  };
}

/** Judges a fault. `nowMs` matters only for points in time in headers of servers that send no `date`. */
export function judge(fault: CallFault, nowMs: number = Date.now()): Verdict {
  if (fault.status === undefined) return judgeTransport(fault);
  if (fault.status >= 200 && fault.status < 300) return judgeBadAnswer(fault, fault.status, nowMs);
  return judgeStatus(fault, fault.status, readComplaint(fault.body), nowMs);
}

function judgeTransport(fault: CallFault): Verdict {
  const socket = { reason: 'model-error', endpointFault: true } as const;
  if (fault.timedOut === true) {
    return verdict('retry-row', 'unknown', `no answer in time: ${fault.message}`, {
      ...socket,
      reason: 'timeout',
    });
  }
  const code = fault.code ?? '';
  if (NOT_REACHED.test(code)) {
    return verdict('endpoint-down', 'no', `the endpoint cannot be reached: ${fault.message}`, {
      endpointFault: true,
    });
  }
  if (fault.cut === true || SOCKET.test(code)) {
    return verdict('retry-row', 'unknown', `the connection ended early: ${fault.message}`, socket);
  }
  return verdict('bug', 'no', fault.message);
}

/** A good status with a body that is no answer: an error inside, no choices, no JSON. */
function judgeBadAnswer(fault: CallFault, status: number, nowMs: number): Verdict {
  if (isComplaint(fault.body)) {
    const complaint = readComplaint(fault.body);
    return judgeStatus(fault, complaint.status ?? STATUS_OF_HIDDEN_ERROR, complaint, nowMs);
  }
  const counted = typeof fault.body === 'object' && fault.body !== null && 'usage' in fault.body;
  return verdict(
    'retry-row',
    counted ? 'yes' : 'unknown',
    `status ${status} without an answer: ${fault.message}`,
    {
      reason: 'model-error',
    },
  );
}

function judgeStatus(fault: CallFault, status: number, complaint: Complaint, nowMs: number): Verdict {
  const said = complaint.message === '' ? fault.message : complaint.message;
  const words = `${complaint.codes} ${complaint.message.toLowerCase()}`;
  const rule = RULES.find(
    (one) => one.statuses?.includes(status) !== false && one.words?.test(words) !== false,
  );
  const kind = rule?.kind ?? (status >= 500 ? 'retry-row' : 'row-failed');
  const named = rule?.reason === 'context-exceeded' ? 'context-exceeded: ' : '';
  const message = `${named}status ${status}: ${said}${rule?.hint === undefined ? '' : ` ${rule.hint}`}`;
  const afterMs = RETRIED.includes(kind)
    ? retryAfterMs({ ...complaint.headers, ...lowerCase(fault.headers) }, said, nowMs)
    : undefined;
  const counts = kind === 'retry-row' || kind === 'row-failed';
  return verdict(kind, rule?.paid ?? 'no', message, {
    ...(afterMs === undefined ? {} : { afterMs }),
    ...(counts ? { reason: rule?.reason ?? 'model-error' } : {}),
    ...(status >= 500 && RETRIED.includes(kind) ? { endpointFault: true } : {}),
  });
}
