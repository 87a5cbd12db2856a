/** When a row of this table fails, users lose rows to a fixable cause, pay for hopeless retries, or wait for nothing. */
import { judge, type CallFault, type Verdict, type VerdictKind } from '../../../infra/models/verdict';

/** What a user loses when a fault of this kind is taken for another one. */
const LOSES: Readonly<Record<VerdictKind, string>> = {
  'retry-row': 'a row that one more try would have saved',
  'rate-limited': 'attempts of good rows, while the endpoint is flooded',
  overloaded: 'attempts of good rows, for a fault of the provider',
  'endpoint-down': 'a night’s rows to an endpoint that was away for ten minutes',
  'row-failed': 'hours of tries, or a job blocked by one bad row',
  'content-filtered': 'money for asking again what is always filtered',
  'format-refused': 'the whole job, where a plainer format would have done',
  'key-rejected': 'every open row, where a new key would have done',
  'out-of-funds': 'every open row, and the night until somebody looks',
  'model-gone': 'every open row, to a name that nothing answers to',
  bug: 'every open row, to a request that no retry makes right',
};

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

type Row = [name: string, fault: Partial<CallFault>, kind: VerdictKind, more?: Partial<Verdict>];
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
  ['OpenAI 400 reasoning model, max_tokens', { status: 400, body: openai("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", 'invalid_request_error', 'unsupported_parameter') }, 'bug', { retry: false }],
  ['OpenAI 400 reasoning model, temperature', { status: 400, body: openai("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", 'invalid_request_error', 'unsupported_value') }, 'bug', { retry: false }],
  ['OpenAI 400 usage policy', { status: 400, body: openai('Invalid prompt: your prompt was flagged as potentially violating our usage policy.', 'invalid_request_error', 'invalid_prompt') }, 'content-filtered'],
  ['OpenAI 400 no schemas on this model', { status: 400, body: openai("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide.", 'invalid_request_error', null) }, 'format-refused', { retry: false, paid: 'no' }],
  ['OpenAI 400 no JSON mode on this model', { status: 400, body: openai("Invalid parameter: 'response_format' of type 'json_object' is not supported with this model.", 'invalid_request_error', null) }, 'format-refused'],
  ['OpenAI 400 schema beyond strict mode', { status: 400, body: openai("Invalid schema for response_format 'answer': In context=('properties', 'n'), 'minimum' is not permitted.", 'invalid_request_error', null) }, 'format-refused'],
  ['OpenAI 429 account not active', { status: 429, body: openai('Your account is not active, please check your billing details on our website.', 'billing_not_active', 'billing_not_active') }, 'out-of-funds', { retry: false }],
  ['OpenAI 429 buckets as durations', { status: 429, headers: { 'x-ratelimit-remaining-requests': '4', 'x-ratelimit-reset-requests': '20ms', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }, body: openai('Rate limit reached', 'tokens', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 360_000 }],
  ['OpenAI 429 date', { status: 429, headers: { date: 'Tue, 14 Nov 2023 22:13:20 GMT', 'retry-after': 'Tue, 14 Nov 2023 22:13:50 GMT' }, body: openai('Rate limit reached', 'requests', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 30_000 }],
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
  ['Azure 400 filter as it is really sent', { status: 400, body: { error: { message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.", type: null, param: 'prompt', code: 'content_filter', status: 400, innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { violence: { filtered: true, severity: 'medium' } } } } } }, 'content-filtered', { retry: false }],
  ['Azure 400 old API version', { status: 400, body: azure('BadRequest', 'response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later') }, 'format-refused'],
  ['Azure 400 wrong operation', { status: 400, body: azure('OperationNotSupported', 'The chatCompletion operation does not work with the specified model, text-embedding-3. Please choose different model and try again.') }, 'bug'],
  ['Azure 404 resource', { status: 404, body: azure('404', 'Resource not found') }, 'model-gone'],
  ['Azure 408', { status: 408, body: azure('Timeout', 'The operation was timeout.') }, 'retry-row', { reason: 'timeout', paid: 'unknown' }],
  ['Azure 429 quota', { status: 429, body: azure('insufficient_quota', 'You exceeded your current quota.') }, 'out-of-funds'],
  ['Azure 429 in words', { status: 429, body: azure('429', 'Please retry after 6 seconds.') }, 'rate-limited', { afterMs: 6_000 }],
];
// prettier-ignore
const LOCAL: Row[] = [
  ['vLLM 400 context', { status: 400, body: vllm("This model's maximum context length is 2048 tokens. However, you requested 3000 tokens", 'BadRequestError', 400) }, 'row-failed', TOO_LONG],
  ['vLLM older 400', { status: 400, body: flat('max_tokens must be at least 1', 'BadRequestError', 400) }, 'row-failed', { reason: 'model-error' }],
  ['vLLM 404', { status: 404, body: vllm('The model `x` does not exist.', 'NotFoundError', 404) }, 'model-gone'],
  ['vLLM 401', { status: 401, body: { error: 'Unauthorized' } }, 'key-rejected'],
  ['vLLM 400 context, newer words', { status: 400, body: vllm("'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 1500 input tokens (5000 > 4096 - 1500).", 'BadRequestError', 400) }, 'row-failed', TOO_LONG],
  ['vLLM 400 prompt', { status: 400, body: vllm('The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens.', 'BadRequestError', 400) }, 'row-failed', TOO_LONG],
  ['vLLM 400 grammar', { status: 400, body: vllm('The provided JSON schema contains features not supported by xgrammar.', 'BadRequestError', 400) }, 'format-refused'],
  ['vLLM 400 format', { status: 400, body: flat("[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]", 'BadRequestError', 400) }, 'format-refused'],
  ['vLLM 400 extra field', { status: 400, body: { detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted', input: 3 }] } }, 'bug'],
  ['vLLM 500 dead engine', { status: 500, body: vllm('EngineCore encountered an issue. See stack trace (above) for the root cause.', 'InternalServerError', 500) }, 'retry-row', { endpointFault: true }],
  ['SGLang 400 count', { status: 400, body: flat("Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens.", 'BadRequest', 400) }, 'row-failed', TOO_LONG],
  ['SGLang 503 queue', { status: 503, body: flat('The request queue is full.', 'ServiceUnavailable', 503) }, 'overloaded', NO_ATTEMPT],
  ['SGLang 400 grammar', { status: 400, body: flat('Failed to compile grammar for the json schema', 'BadRequest', 400) }, 'format-refused'],
  ['SGLang 400 context', { status: 400, body: flat("The input (5000 tokens) is longer than the model's context length (4096 tokens).", 'BadRequest', 400) }, 'row-failed', TOO_LONG],
  ['SGLang 500', { status: 500, body: flat('internal', 'InternalServerError', 500) }, 'retry-row'],
  ['llama-server 400 context', { status: 400, body: { error: { code: 400, message: 'the request exceeds the available context size', type: 'exceed_context_size_error', n_ctx: 2048 } } }, 'row-failed', TOO_LONG],
  ['llama-server 400 context, newer words', { status: 400, body: { error: { code: 400, message: 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it', type: 'exceed_context_size_error', n_prompt_tokens: 5000, n_ctx: 4096 } } }, 'row-failed', TOO_LONG],
  ['llama-server 401', { status: 401, body: { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } } }, 'key-rejected'],
  ['llama-server 400 grammar', { status: 400, body: { error: { code: 400, message: 'Failed to parse grammar', type: 'invalid_request_error' } } }, 'format-refused'],
  ['llama-server 500 schema', { status: 500, body: { error: { code: 500, message: 'JSON schema conversion failed:\nUnrecognized schema: {"type":"tuple"}', type: 'server_error' } } }, 'format-refused'],
  ['llama-server 500 old, format', { status: 500, body: { error: { code: 500, message: 'response_format type must be one of "text" or "json_object", but got: json_schema', type: 'server_error' } } }, 'format-refused'],
  ['llama-server 503 loading', { status: 503, body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } } }, 'overloaded', NO_ATTEMPT],
  ['llama-server 501', { status: 501, body: { error: { code: 501, message: 'This server does not support embeddings.', type: 'not_supported_error' } } }, 'bug'],
  ['Ollama 404', { status: 404, body: { error: { message: 'model "x" not found, try pulling it first', type: 'api_error', code: null } } }, 'model-gone'],
  ['Ollama 400 format', { status: 400, body: { error: { message: 'invalid JSON schema in format', type: 'invalid_request_error', param: null, code: null } } }, 'format-refused'],
  ['Ollama 500 too large for the machine', { status: 500, body: { error: { message: 'model requires more system memory (8.4 GiB) than is available (3.0 GiB)', type: 'api_error', param: null, code: null } } }, 'model-gone', { retry: false }],
  ['Ollama 500 runner', { status: 500, body: { error: { message: 'llama runner process has terminated: signal: killed', type: 'api_error', param: null, code: null } } }, 'retry-row', { costsAttempt: true }],
  ['Ollama 503 busy', { status: 503, body: { error: { message: 'server busy, please try again.  maximum pending requests exceeded', type: 'api_error' } } }, 'overloaded', NO_ATTEMPT],
  ['LM Studio 400 format', { status: 400, body: { error: "'response_format.type' must be 'json_schema' or 'text'" } }, 'format-refused'],
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
  ['OpenRouter 402 affords less', { status: 402, body: openrouter(402, 'This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 4096.') }, 'out-of-funds'],
  ['OpenRouter 403 key limit', { status: 403, body: openrouter(403, 'Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys') }, 'out-of-funds'],
  ['OpenRouter 200 with a choice that failed', { status: 200, body: { choices: [{ finish_reason: 'error', message: { content: '' }, error: { code: 429, message: 'Provider returned error', metadata: { raw: 'slow down' } } }] } }, 'rate-limited', NO_ATTEMPT],
  ['OpenRouter 429 upstream', { status: 429, body: openrouter(429, 'Provider returned error', { raw: 'x/y is temporarily rate-limited upstream. Please retry shortly.', provider_name: 'Z' }) }, 'rate-limited', NO_ATTEMPT],
  ['OpenRouter 429 headers in the body', { status: 429, body: openrouter(429, 'Rate limit exceeded: free-models-per-day.', { headers: { 'X-RateLimit-Limit': '50', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1700000060000' } }) }, 'rate-limited', { afterMs: 60_000 }],
  ['OpenRouter 503', { status: 503, body: openrouter(503, 'There is no available model provider that meets your routing requirements') }, 'overloaded'],
  ['OpenRouter 429 epoch', { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000005000' }, body: openrouter(429, 'Rate limit exceeded') }, 'rate-limited', { afterMs: 5_000 }],
  ['Together 402', { status: 402, body: openai('Credit limit exceeded', 'credit_limit', null) }, 'out-of-funds'],
  ['Together 422 context', { status: 422, body: openai('Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097', 'invalid_request_error', null) }, 'row-failed', TOO_LONG],
  ['Together 401', { status: 401, body: openai('Invalid API key provided.', 'invalid_request_error', 'invalid_api_key') }, 'key-rejected'],
  ['Together 403 context', { status: 403, body: openai('Input token count + max_tokens parameter must be less than the context length of the model being queried.', 'invalid_request_error', null) }, 'row-failed', TOO_LONG],
  ['Together 404', { status: 404, body: openai('Unable to access model x/y. Please visit the site to see all models.', 'invalid_request_error', 'model_not_available') }, 'model-gone'],
  ['Together 400 not serverless', { status: 400, body: openai('Unable to access non-serverless model x/y. Please create and start a new dedicated endpoint.', 'invalid_request_error', 'model_not_available') }, 'model-gone'],
  ['Together 400 format', { status: 400, body: openai('response_format of type json_schema is not supported for model x/y', 'invalid_request_error', null) }, 'format-refused'],
  ['Together 429 epoch seconds', { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000012' }, body: openai('You have reached the rate limit', 'rate_limit', null) }, 'rate-limited', { afterMs: 12_000 }],
  ['Together 524', { status: 524, body: '' }, 'retry-row', { reason: 'timeout', paid: 'unknown' }],
  ['Together 429', { status: 429, headers: { 'x-ratelimit-reset': '2' }, body: openai('You have reached the rate limit', 'rate_limit', null) }, 'rate-limited', { afterMs: 2_000 }],
  ['Together 529', { status: 529, body: '' }, 'overloaded', NO_ATTEMPT],
  ['Groq 413', { status: 413, body: openai('Request too large for model on tokens per minute', 'tokens', 'rate_limit_exceeded') }, 'row-failed', TOO_LONG],
  ['Groq 429', { status: 429, headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s', 'x-ratelimit-remaining-requests': '10', 'x-ratelimit-reset-requests': '2m59.56s' }, body: openai('Rate limit reached', 'tokens', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 7_660 }],
  ['Groq 498', { status: 498, body: openai('capacity', 'capacity_exceeded', null) }, 'overloaded', NO_ATTEMPT],
  ['Groq 400 JSON', { status: 400, body: openai('Failed to generate JSON.', 'invalid_request_error', 'json_validate_failed') }, 'retry-row', { paid: 'yes' }],
  ['Groq 400 format', { status: 400, body: { error: { message: 'This model does not support response format `json_schema`. See supported models at https://console.groq.com/docs/structured-outputs#supported-models', type: 'invalid_request_error', param: 'response_format' } } }, 'format-refused'],
  ['Groq 400 restricted', { status: 400, body: openai('Organization has been restricted. Please reach out to support if you believe this was in error.', 'invalid_request_error', 'organization_restricted') }, 'key-rejected'],
  ['Groq 400 terms', { status: 400, body: openai('The model `x` requires terms acceptance. Please have the org admin accept the terms.', 'invalid_request_error', 'model_terms_required') }, 'model-gone'],
  ['Groq 400 spend limit', { status: 400, body: openai('API access is blocked: your organization has reached its spend limit.', 'invalid_request_error', 'blocked_api_access') }, 'out-of-funds'],
  ['Groq 429 per day', { status: 429, headers: { 'retry-after': '432' }, body: openai('Rate limit reached for model `x` on tokens per day (TPD): Limit 500000. Please try again in 7m12s.', 'tokens', 'rate_limit_exceeded') }, 'rate-limited', { afterMs: 432_000 }],
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
  ['Azure 200, prompt filtered, no choices', { status: 200, body: { choices: [], prompt_filter_results: [{ prompt_index: 0 }] } }, 'retry-row', { paid: 'unknown' }],
  ['vLLM 200, aborted', { status: 200, body: { choices: [{ message: { content: 'It w' }, finish_reason: 'abort' }], usage: { prompt_tokens: 3 } } }, 'retry-row', { paid: 'yes' }],
  ['no choices', { status: 200, body: { choices: [], usage: { prompt_tokens: 3 } } }, 'retry-row', { paid: 'yes' }],
  ['no JSON', { status: 200, body: 'hello' }, 'retry-row', { paid: 'unknown' }],
  ['our own mistake', {}, 'bug', { retry: false, ...NO_ATTEMPT }],
];

const NOW_MS = 1_700_000_000_000;

const ROWS = [...OPENAI, ...AZURE, ...LOCAL, ...GATEWAYS, ...TRANSPORT];

// Rows of unequal length would make jest take the last argument for a callback.
const CASES = ROWS.map((row) => ({ name: row[0], kind: row[2], loses: LOSES[row[2]], row }));

test.each(CASES)('$name is $kind, else users lose $loses', ({ row: [, fault, kind, more] }) => {
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
