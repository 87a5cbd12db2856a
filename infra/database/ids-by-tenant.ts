/** Ids of each tenant, once and in order: primary keys lead with the tenant, and whoever locks, locks in one order. */
export function idsByTenant(
  pairs: Iterable<{ readonly tenant: string; readonly id: string }>,
): (readonly [tenant: string, ids: readonly string[]])[] {
  const byTenant = new Map<string, Set<string>>();
  for (const { tenant, id } of pairs) byTenant.set(tenant, (byTenant.get(tenant) ?? new Set()).add(id));
  return [...byTenant].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tenant, ids]) => [tenant, [...ids].sort()]);
}
