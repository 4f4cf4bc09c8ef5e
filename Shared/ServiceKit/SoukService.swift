public import Runtime

/// One program of the platform. Everything about it that is not its own business lies here: its
/// `Main` is
///
/// ```swift
/// @main struct Main {
///     static func main() { ServiceMain.run(WalletService.self) }
/// }
/// ```
public protocol SoukService: SendableMetatype {
    /// In lower case: `wallet`. It names the schema, the consumer group and the audience of tokens.
    static var name: String { get }
    /// One sentence for `--help` and the API reference.
    static var summary: String { get }
    /// Where it listens unless `SOUK_HTTP_PORT` says otherwise; 0 for any free port.
    static var port: Int { get }
    /// The settings of its own, next to those that every service has.
    static var configuration: [AnyConfigurationKey] { get }
    /// The services that it calls by `ServiceContext.neighbour(_:)`, with their default addresses.
    static var neighbours: [NeighbourKey] { get }

    /// Whether it keeps a log in PostgreSQL. Without one `context.store` is in memory, and database
    /// and bus are not needed.
    static var hasLog: Bool { get }

    /// Puts the service together. Nothing may be read or written yet: neither database nor network
    /// are there; that is for handlers and components.
    static func build(_ context: ServiceContext) async throws -> Blueprint
}

extension SoukService {
    public static var configuration: [AnyConfigurationKey] { [] }
    public static var neighbours: [NeighbourKey] { [] }
    public static var hasLog: Bool { true }
}
