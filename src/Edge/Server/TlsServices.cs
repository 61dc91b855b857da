using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Edge.Server;

/// <summary>
/// The few services that Kestrel's TLS asks a host for (its metrics among them, an internal type that only its own registration knows). Built only when TLS is configured,
/// because a service container costs milliseconds at start.
/// </summary>
internal static class TlsServices
{
    public static IServiceProvider Build(ILoggerFactory logger)
    {
        var registrations = new Registrations();
        registrations.UseKestrelCore();
        registrations.Services.AddSingleton(logger);
        registrations.Services.AddMetrics();
        return new DefaultServiceProviderFactory().CreateServiceProvider(registrations.Services);
    }

    // Kestrel registers its services on a web host's builder; of that, only the collecting of services is needed.
    private sealed class Registrations : IWebHostBuilder
    {
        public ServiceCollection Services { get; } = new();

#pragma warning disable ASPDEPR008 // The interface's own member: it is never called.
        public IWebHost Build() => throw new InvalidOperationException("This builder only collects services.");
#pragma warning restore ASPDEPR008

        public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => this;

        public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
        {
            configureServices(Services);
            return this;
        }

        public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices)
        {
            configureServices(new WebHostBuilderContext(), Services);
            return this;
        }

        public string? GetSetting(string key) => null;

        public IWebHostBuilder UseSetting(string key, string? value) => this;
    }
}
