/** When a row of this table fails, users lose rows to a fixable cause, pay for hopeless retries, or wait for nothing. */
import { judge, type CallFault, type Verdict } from '../../../infra/models/verdict';

const openai = (message: string, type: string, code: string | null) => ({
  error: { message, type, param: null, code },
});
const azure = (code: string, message: string, more: object = {}) => ({ error: { code, message, ...more } });
const vllm = (message: string, type: string, code: number) => ({
  error: { message, type, param: null, code },
});
const flat = (message: string, type: string, code: number) => ({
  object: 'error',
  message,
  type,
  param: null,
  code,
});
const openrouter = (code: number, message: string, metadata: object = {}) => ({
  error: { code, message, metadata },
});

type Row = [name: string, fault: Partial<CallFault>, kind: Verdict['kind'], more?: Partial<Verdict>];
const NO_ATTEMPT = { costsAttempt: false } as const;
const TOO_LONG = { reason: 'context-exceeded', retry: false } as const;

// prettier-ignore
const OPENAI: Row[] = [
  ['OpenAI 401', { status: 401, body: openai('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key') }, 'key-rejected', { retry: false, ...NO_ATTEMPT }],
  ['OpenAI 403 country', { status: 403, body: openai('Country not supported', 'request_forbidden', 'unsupported_country_region_territory') }, 'key-rejected'],
  ['OpenAI 403 no access to model', { status: 403, body: openai('Project `p` does not have access to model `gpt-4.1`', 'invalid_request_error', 'model_not_found') }, 'model-gone'],
  ['OpenAI 404 model', { status: 404, body: openai('The model `x` does not exist or you do not have access to it.', 'invalid_request_error', 'model_not_found') }, 'model-gone', { retry: false }],
  ['OpenAI 408', { status: 408, body: '' }, 'retry-row', { paid: 'unknown', costsAttempt: true }],
  ['OpenAI 409', { status: 409, body: '' }, 'retry-row', { costsAttempt: true }],
  ['OpenAI 429 rate limit', { status: 429, headers: { 'retry-after': '7' }, body: openai('Rate limit reached for gpt-4.1', 'requests', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 7_000, ...NO_ATTEMPT }],
  ['OpenAI 429 wait in the message', { status: 429, body: openai('Rate limit reached for requests per day. Please try again in 8m38.4s.', 'requests', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 518_400 }],
  ['OpenAI 429 quota', { status: 429, body: openai('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota', 'insufficient_quota') }, 'out-of-funds', { retry: false, ...NO_ATTEMPT }],
  ['OpenAI 429 larger than the bucket', { status: 429, body: openai('Request too large for gpt-4.1 on tokens per min (TPM): Limit 10000, Requested 20000.', 'tokens', 'rate_limit_exceeded') }, 'row-failed', TOO_LONG],
  ['OpenAI 400 hard limit', { status: 400, body: openai('Billing hard limit has been reached', 'invalid_request_error', 'billing_hard_limit_reached') }, 'out-of-funds'],
  ['OpenAI 400 context', { status: 400, body: openai("This model's maximum context length is 8192 tokens.", 'invalid_request_error', 'context_length_exceeded') }, 'row-failed', TOO_LONG],
  ['OpenAI 400 policy', { status: 400, body: openai('Your request was rejected as a result of our safety system.', 'invalid_request_error', 'content_policy_violation') }, 'content-filtered', { retry: false, costsAttempt: true }],
  ['OpenAI 400 parameter', { status: 400, body: openai("Unsupported parameter: 'max_tokens'", 'invalid_request_error', 'unsupported_parameter') }, 'bug', NO_ATTEMPT],
  ['OpenAI 400 anything else', { status: 400, body: openai('Invalid value', 'invalid_request_error', null) }, 'row-failed', { reason: 'model-error' }],
  ['OpenAI 500', { status: 500, body: openai('The server had an error', 'server_error', null) }, 'retry-row', { costsAttempt: true, endpointFault: true }],
  ['OpenAI 503', { status: 503, body: openai('The engine is currently overloaded', 'server_error', null) }, 'overloaded', NO_ATTEMPT],
];
// prettier-ignore
const AZURE: Row[] = [
  ['Azure 400 content filter', { status: 400, body: azure('content_filter', "The response was filtered due to Azure OpenAI's content management policy.", { innererror: { code: 'ResponsibleAIPolicyViolation' } }) }, 'content-filtered'],
  ['Azure 400 filter in innererror only', { status: 400, body: azure('400', 'Bad request', { innererror: { code: 'ResponsibleAIPolicyViolation' } }) }, 'content-filtered'],
  ['Azure 401', { status: 401, body: azure('401', 'Access denied due to invalid subscription key or wrong API endpoint.') }, 'key-rejected'],
  ['Azure 403 quota', { status: 403, body: azure('403', 'Out of call volume quota. Quota will be replenished in 3 days.') }, 'out-of-funds'],
  ['Azure 404 deployment', { status: 404, body: azure('DeploymentNotFound', 'The API deployment for this resource does not exist.') }, 'model-gone'],
  ['Azure 429 milliseconds', { status: 429, headers: { 'retry-after-ms': '250', 'retry-after': '1' }, body: azure('429', 'Requests have exceeded call rate limit.') }, 'rate-limited', { afterMs: 250 }],
  ['Azure 429 in words', { status: 429, body: azure('429', 'Please retry after 6 seconds.') }, 'rate-limited', { afterMs: 6_000 }],
];
// prettier-ignore
const LOCAL: Row[] = [
  ['vLLM 400 context', { status: 400, body: vllm("This model's maximum context length is 2048 tokens. However, you requested 3000 tokens", 'BadRequestError', 400) }, 'row-failed', TOO_LONG],
  ['vLLM older 400', { status: 400, body: flat('max_tokens must be at least 1', 'BadRequestError', 400) }, 'row-failed', { reason: 'model-error' }],
  ['vLLM 404', { status: 404, body: vllm('The model `x` does not exist.', 'NotFoundError', 404) }, 'model-gone'],
  ['vLLM 401', { status: 401, body: { error: 'Unauthorized' } }, 'key-rejected'],
  ['SGLang 400 context', { status: 400, body: flat("The input (5000 tokens) is longer than the model's context length (4096 tokens).", 'BadRequest', 400) }, 'row-failed', TOO_LONG],
  ['SGLang 500', { status: 500, body: flat('internal', 'InternalServerError', 500) }, 'retry-row'],
  ['llama-server 400 context', { status: 400, body: { error: { code: 400, message: 'the request exceeds the available context size', type: 'exceed_context_size_error', n_ctx: 2048 } } }, 'row-failed', TOO_LONG],
  ['llama-server 503 loading', { status: 503, body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } } }, 'overloaded', NO_ATTEMPT],
  ['llama-server 501', { status: 501, body: { error: { code: 501, message: 'This server does not support embeddings.', type: 'not_supported_error' } } }, 'bug'],
  ['Ollama 404', { status: 404, body: { error: { message: 'model "x" not found, try pulling it first', type: 'api_error', code: null } } }, 'model-gone'],
  ['Ollama 404 native', { status: 404, body: { error: 'model "x" not found' } }, 'model-gone'],
];
// prettier-ignore
const GATEWAYS: Row[] = [
  ['OpenRouter 402', { status: 402, body: openrouter(402, 'Insufficient credits') }, 'out-of-funds'],
  ['OpenRouter 403 moderation', { status: 403, body: openrouter(403, 'Your chosen model requires moderation and your input was flagged', { reasons: ['x'] }) }, 'content-filtered'],
  ['OpenRouter 404', { status: 404, body: openrouter(404, 'No endpoints found for x/y.') }, 'model-gone'],
  ['OpenRouter 400 model', { status: 400, body: openrouter(400, 'x/y is not a valid model ID') }, 'model-gone'],
  ['OpenRouter 200 with 429 inside', { status: 200, body: openrouter(429, 'Provider returned error', { raw: 'slow down' }) }, 'rate-limited', NO_ATTEMPT],
  ['OpenRouter 200 with 502 inside', { status: 200, body: openrouter(502, 'Provider returned error') }, 'retry-row', { costsAttempt: true }],
  ['OpenRouter 429 epoch', { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000005000' }, body: openrouter(429, 'Rate limit exceeded') }, 'rate-limited', { afterMs: 5_000 }],
  ['Together 402', { status: 402, body: openai('Credit limit exceeded', 'credit_limit', null) }, 'out-of-funds'],
  ['Together 422 context', { status: 422, body: openai('Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097', 'invalid_request_error', null) }, 'row-failed', TOO_LONG],
  ['Together 429', { status: 429, headers: { 'x-ratelimit-reset': '2' }, body: openai('You have reached the rate limit', 'rate_limit', null) }, 'rate-limited', { afterMs: 2_000 }],
  ['Together 529', { status: 529, body: '' }, 'overloaded', NO_ATTEMPT],
  ['Groq 413', { status: 413, body: openai('Request too large for model on tokens per minute', 'tokens', 'rate_limit_exceeded') }, 'row-failed', TOO_LONG],
  ['Groq 429', { status: 429, headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s', 'x-ratelimit-remaining-requests': '10', 'x-ratelimit-reset-requests': '2m59.56s' }, body: openai('Rate limit reached', 'tokens', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 7_660 }],
  ['Groq 498', { status: 498, body: openai('capacity', 'capacity_exceeded', null) }, 'overloaded', NO_ATTEMPT],
  ['Groq 400 JSON', { status: 400, body: openai('Failed to generate JSON.', 'invalid_request_error', 'json_validate_failed') }, 'retry-row', { paid: 'yes' }],
  ['Groq 400 decommissioned', { status: 400, body: openai('The model `x` has been decommissioned', 'invalid_request_error', 'model_decommissioned') }, 'model-gone'],
  ['a proxy page', { status: 502, body: '<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>' }, 'retry-row', { endpointFault: true }],
  ['a gateway that gave up', { status: 504, body: '' }, 'retry-row', { paid: 'unknown', reason: 'timeout' }],
  ['a wrong base URL', { status: 404, body: '<html><body>Not Found</body></html>' }, 'model-gone'],
  ['a redirect', { status: 308, body: '' }, 'model-gone'],
  ['a wrong method', { status: 405, body: '' }, 'bug'],
];
// prettier-ignore
const TRANSPORT: Row[] = [
  ['refused', { code: 'ECONNREFUSED' }, 'endpoint-down', { paid: 'no', retry: true, ...NO_ATTEMPT }],
  ['unknown host', { code: 'ENOTFOUND' }, 'endpoint-down', NO_ATTEMPT],
  ['certificate', { code: 'CERT_HAS_EXPIRED' }, 'endpoint-down'],
  ['connect timeout', { code: 'UND_ERR_CONNECT_TIMEOUT' }, 'endpoint-down', { paid: 'no' }],
  ['reset', { code: 'ECONNRESET', cut: true }, 'retry-row', { paid: 'unknown', costsAttempt: true, endpointFault: true }],
  ['deadline', { timedOut: true }, 'retry-row', { paid: 'unknown', reason: 'timeout' }],
  ['no choices', { status: 200, body: { choices: [], usage: { prompt_tokens: 3 } } }, 'retry-row', { paid: 'yes' }],
  ['no JSON', { status: 200, body: 'hello' }, 'retry-row', { paid: 'unknown' }],
  ['our own mistake', {}, 'bug', { retry: false, ...NO_ATTEMPT }],
];

const NOW_MS = 1_700_000_000_000;

const ROWS = [...OPENAI, ...AZURE, ...LOCAL, ...GATEWAYS, ...TRANSPORT];

// Rows of unequal length would make jest take the last argument for a callback.
test.each(ROWS.map((row) => ({ name: row[0], row })))('$name', ({ row: [, fault, kind, more] }) => {
  const verdict = judge({ message: 'said', ...fault }, NOW_MS);
  expect(verdict).toMatchObject({ kind, ...more });
  expect(verdict.message).not.toMatch(/<\/?\w+>|undefined/);
});

test('a context fault is named in its message, which is how the ledger tells it from other faults', () => {
  const body = openai('too long', 'invalid_request_error', 'context_length_exceeded');
  expect(judge({ status: 400, body, message: '' }).message).toMatch(
    /^context-exceeded: status 400: too long/,
  );
});

test('header names may be written in any case', () => {
  expect(judge({ status: 429, headers: { 'Retry-After': '3' }, message: '' }).afterMs).toBe(3_000);
});
