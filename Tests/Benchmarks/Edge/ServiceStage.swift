import Bus
import Crypto
import Database
import EventTypes
import HTTP
import Runtime

/// What a service stands on when it runs by itself: a database, a broker, the keys of tokens, and
/// the services that it hears of.
final class ServiceStage: Sendable {
    let issuer: TokenIssuer
    let users: NewsSource
    let cashback: NewsSource
    let url: String
    private let broker: EmbeddedBroker
    private let loop: EventLoop
    private let masterKey = Base64URL.encode(SystemRandom().bytes(32))
    let pool: DatabasePool

    init(_ bench: Bench) async throws {
        issuer = try await TokenIssuer.shared(bench)
        let database = try await bench.database(connections: 4)
        url = database.url
        loop = EventLoop(name: "bench-stage")
        pool = DatabasePool(database, loop: loop, logger: .bench, metrics: Metrics())
        broker = try EmbeddedBroker()
        let producer = try BusProducer(
            BusConfiguration(bootstrapServers: broker.bootstrapServers), loop: loop,
            logger: .bench, metrics: Metrics())
        users = NewsSource("user", .userEvents, producer)
        cashback = NewsSource("cashback", .cashbackEvents, producer)
    }

    /// Starts a service on it.
    func start(_ name: String, _ bench: Bench, core: Int? = nil) async throws -> SoukProgram {
        try await SoukProgram.start(
            name, bench, core: core,
            environment: [
                "DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrapServers,
                "SOUK_JWKS_URL": issuer.url,
                "SOUK_MASTER_KEY": masterKey,
                // Projections and publisher hold most of the usual eight while there is much to do.
                "SOUK_DATABASE_CONNECTIONS": "24",
                "SOUK_PROVIDER_KEY": "bench", "SOUK_PROVIDER_WEBHOOK_SECRET": "bench",
            ])
    }

    /// Waits until a count in the service's database has been reached.
    func wait(
        until count: Int, _ query: SQL, atMost limit: Duration = .seconds(180)
    ) async throws {
        let end = ContinuousClock.now + limit
        while true {
            let seen: Int = try await pool.query(query).first?.get(0) ?? 0
            if seen >= count { return }
            guard ContinuousClock.now < end else {
                throw BenchError("only \(seen) of \(count) came in time.")
            }
            try await loop.sleep(for: .milliseconds(50))
        }
    }

    func close() async {
        await pool.close()
        await broker.stop()
    }
}
