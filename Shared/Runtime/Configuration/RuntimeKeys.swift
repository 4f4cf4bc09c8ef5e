/// The settings that every program of the platform understands.
public enum RuntimeKeys {
    /// The lowest level that is logged.
    public static let logLevel = ConfigurationKey<LogLevel>.choice(
        "SOUK_LOG_LEVEL", default: .info,
        help: "The least important lines to log: debug, info, notice, warning or error.")

    /// How log lines look.
    public static let logFormat = ConfigurationKey<LogFormat>.choice(
        "SOUK_LOG_FORMAT", default: .automatic,
        help: "How log lines look: json, pretty, or automatic (pretty on a terminal).")

    /// How long a stop may take.
    public static let shutdownDeadline = ConfigurationKey<Duration>.duration(
        "SOUK_SHUTDOWN_DEADLINE", in: .milliseconds(100)...(.seconds(300)), default: .seconds(5),
        help: "How long a stop may take before unfinished work is cancelled.")

    /// Where traces go; none are made without it.
    public static let traceEndpoint = ConfigurationKey<String>.url(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        help: "The OpenTelemetry collector (OTLP over HTTP) that gets the traces. Off when not set."
    ).optional()

    /// Headers for the collector.
    public static let traceHeaders = ConfigurationKey<String>.string(
        "OTEL_EXPORTER_OTLP_HEADERS",
        help: "Headers for the collector, as name=value,name=value.", isSecret: true
    ).optional()

    /// How many of the traces that begin here are recorded.
    public static let traceSampling = ConfigurationKey<Double>.number(
        "OTEL_TRACES_SAMPLER_ARG", in: 0...1, default: 1,
        help: "The share of the traces beginning here that is recorded, from 0 to 1.")

    /// All of them.
    public static let all: [AnyConfigurationKey] = [
        .init(logLevel), .init(logFormat), .init(shutdownDeadline), .init(traceEndpoint),
        .init(traceHeaders), .init(traceSampling),
    ]
}
