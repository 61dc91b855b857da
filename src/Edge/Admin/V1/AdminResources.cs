namespace Edge.Admin.V1;

/// <summary>Every resource of <c>/admin/v1</c>: one line each.</summary>
internal static class AdminResources
{
    public static IReadOnlyList<IAdminResource> All(PolicyServices policy) =>
    [
        new TenantsApi(policy.TenantStore, policy.RefreshTenancyAsync),
        new KeysApi(policy.TenantStore, policy.Tenancy.Hasher, policy.Database.IsKept, policy.RefreshTenancyAsync),
        new TenancyApi(policy.TenantStore, policy.TenancyWorker, policy.Database, policy.RefreshTenancyAsync),
        new ReportsApi(policy.LedgerService, policy.Time),
    ];
}
