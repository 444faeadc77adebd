namespace Carillon.Storage;

internal static class StorageModule
{
    public static void AddStorage(this IServiceCollection services, Dialect dialect)
    {
        services.AddSingleton(dialect);
        services.AddSingleton<Database>();
        services.AddSingleton<Migrations>();
        services.AddSingleton<OutageLog>();
        services.AddSingleton<Writer>();
    }
}
