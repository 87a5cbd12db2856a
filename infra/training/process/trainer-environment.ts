import { scrub } from '../../models/scrub';

/** What a trainer may need of our environment. Keys of models and databases are no affair of a foreign program. */
const PASSED =
  /^(PATH|HOME|USER|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|LD_LIBRARY_PATH|VIRTUAL_ENV|[A-Z]+_PROXY|[a-z]+_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(CUDA|CUBLAS|CUDNN|NVIDIA|NCCL|HIP|ROCR|ROCM|OMP|MKL|OPENBLAS|PYTHON|PYTORCH|TORCH|CONDA|HF|TRANSFORMERS|TOKENIZERS|XDG)(_?[A-Z0-9_]*))$/;
const SECRET = /TOKEN|KEY|SECRET|PASSWORD/;

export function trainerEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && PASSED.test(name)) passed[name] = value;
  // Python would keep its words in a buffer, and lose them with the process.
  return { ...passed, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' };
}

/** A trainer's words without the secrets it was given. */
export function scrubTrainer(text: string, env: Readonly<Record<string, string>>): string {
  const secrets = Object.entries(env).filter(([name]) => SECRET.test(name));
  return secrets.reduce((bare, [, secret]) => scrub(bare, secret), scrub(text, undefined));
}
