/** Who may import whom. ARCHITECTURE.md has the same table for people; test/laws/imports.test.ts breaks every rule. */

/** Folders of the product a file below `from` must not import at all, types included. */
function never(from, ...folders) {
  return {
    name: `${from}-never-imports-${folders.join('-')}`,
    comment: `${from}/ may not import from ${folders.map((folder) => `${folder}/`).join(', ')}`,
    severity: 'error',
    from: { path: `^${from}/` },
    to: { path: `^(${folders.join('|')})/` },
  };
}

const TYPE_ONLY = ['type-only'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    never('core', 'workflows', 'activities', 'infra', 'workers', 'api', 'test'),
    never('workflows', 'activities', 'infra', 'workers', 'api', 'test'),
    never('activities', 'workflows', 'workers', 'api', 'test'),
    never('infra', 'workflows', 'activities', 'workers', 'api', 'test'),
    never('workers', 'workflows', 'api', 'test'),
    never('api', 'activities', 'workers', 'test'),
    {
      name: 'workflows-see-only-stories-of-core',
      comment:
        'workflow code runs in a sandbox and is replayed: values come from core/story/ and story.ts files only',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        path: '^core/',
        pathNot: ['^core/story/', '/story\\.ts$'],
        dependencyTypesNot: TYPE_ONLY,
      },
    },
    {
      name: 'stories-stay-in-stories',
      comment: 'what a workflow bundle contains must not pull in the rest of core',
      severity: 'error',
      from: { path: ['^core/story/', '^core/.*/story\\.ts$'] },
      to: {
        path: ['^core/', '^node_modules/'],
        pathNot: ['^core/story/', '/story\\.ts$'],
        dependencyTypesNot: TYPE_ONLY,
      },
    },
    {
      name: 'workflows-use-no-node',
      comment: 'the workflow sandbox has no Node built-ins and no packages but the Temporal workflow API',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '@temporalio/(workflow|common)(/|$)' },
    },
    {
      name: 'core-is-pure',
      comment: 'core decides and touches nothing; hashing is a function, so core/hash.ts may use node:crypto',
      severity: 'error',
      from: { path: '^core/', pathNot: '^core/hash\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-hash-uses-crypto-only',
      comment: 'the one exception of core-is-pure ends at node:crypto',
      severity: 'error',
      from: { path: '^core/hash\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'core-knows-no-temporal',
      comment: 'core is plain TypeScript: zod is its only package',
      severity: 'error',
      from: { path: '^core/' },
      to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: 'node_modules/zod/' },
    },
    {
      name: 'workers-reach-activities-through-the-index',
      comment: 'activities/index.ts is what a worker registers',
      severity: 'error',
      from: { path: '^workers/' },
      to: { path: '^activities/', pathNot: '^activities/index\\.ts$' },
    },
    {
      name: 'api-takes-only-types-of-workflows',
      comment: 'the API starts workflows by name; their code belongs to the sandbox',
      severity: 'error',
      from: { path: '^api/' },
      to: { path: '^workflows/', dependencyTypesNot: TYPE_ONLY },
    },
    {
      name: 'strategies-are-strangers',
      comment: 'a strategy is one folder; what two of them share lives beside them in core/',
      severity: 'error',
      from: { path: '^core/strategies/([^/]+)/' },
      to: { path: '^core/strategies/[^/]+/', pathNot: '^core/strategies/$1/' },
    },
    {
      name: 'no-cycles',
      comment: 'files that import each other are one file in disguise; types count',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'product-uses-no-dev-dependencies',
      comment: 'what is installed for tests is absent in production',
      severity: 'error',
      from: { path: '^(core|workflows|activities|infra|workers|api)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(lib|\\.perennial)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
