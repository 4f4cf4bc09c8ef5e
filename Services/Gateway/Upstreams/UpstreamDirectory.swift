internal import Crypto
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import Synchronization

/// Knows where the services are and what they serve: asks each for its OpenAPI document, again and
/// again until it is there, then once a minute.
final class UpstreamDirectory: Component, Sendable {
    /// Between questions to a service that has not answered yet.
    static let retryInterval: Duration = .seconds(2)
    /// Between questions to one that has.
    static let refreshInterval: Duration = .seconds(60)
    /// How long an answer may take.
    static let timeout: Duration = .seconds(2)
    /// The most bytes of a document.
    static let documentLimit = 4 << 20

    /// What is known at one time.
    final class Edition: Sendable {
        let table: RoutingTable
        /// The merged document, and its strong validator.
        let document: [UInt8]
        let validator: String
        /// The reference as a page.
        let page: [UInt8]

        init(table: RoutingTable, document: [UInt8], validator: String, page: [UInt8]) {
            self.table = table
            self.document = document
            self.validator = validator
            self.page = page
        }
    }

    private struct State {
        var documents: [String: JSONValue] = [:]
        var askedAt: [String: ContinuousClock.Instant] = [:]
        var edition: Edition
    }

    private let pools: [String: UpstreamPool]
    /// The document of the gateway's own operations.
    private let own: JSONValue
    private let publicURL: String
    private let http: HTTPClient
    private let loop: EventLoop
    private let logger: Logger
    private let state: Mutex<State>

    init(
        pools: [UpstreamPool], own: JSONValue, publicURL: String, http: HTTPClient, loop: EventLoop,
        logger: Logger
    ) {
        self.pools = Dictionary(uniqueKeysWithValues: pools.map { ($0.name, $0) })
        self.own = own
        self.publicURL = publicURL
        self.http = http
        self.loop = loop
        self.logger = logger
        state = Mutex(State(edition: Self.edition([:], own: own, publicURL: publicURL)))
    }

    /// What is known now.
    var edition: Edition { state.withLock { $0.edition } }

    /// The replicas of a service.
    func pool(of name: String) -> UpstreamPool? { pools[name] }

    func run(_ lifecycle: Lifecycle) async throws {
        await refresh()
        lifecycle.ready()
        while await lifecycle.pause(Self.retryInterval, on: loop) {
            let now = ContinuousClock.now
            let due = state.withLock { state in
                pools.keys.filter { name in
                    guard state.documents[name] != nil, let asked = state.askedAt[name] else {
                        return true
                    }
                    return now - asked >= Self.refreshInterval
                }
            }
            await refresh(due)
        }
    }

    /// Asks all services.
    func refresh() async { await refresh(Array(pools.keys)) }

    private func refresh(_ names: [String]) async {
        if names.isEmpty { return }
        let found = await withTaskGroup(of: (String, JSONValue?).self) { group in
            for name in names { group.addTask { [self] in (name, await document(of: name)) } }
            return await group.reduce(into: [String: JSONValue]()) { found, answer in
                found[answer.0] = answer.1
            }
        }
        let now = ContinuousClock.now
        let (documents, isChanged) = state.withLock { state in
            for name in names { state.askedAt[name] = now }
            let before = state.documents
            // What does not answer keeps the routes that it had.
            state.documents.merge(found) { $1 }
            return (state.documents, state.documents != before)
        }
        guard isChanged else { return }
        let edition = await Self.made(documents, own: own, publicURL: publicURL)
        for refusal in edition.table.refusals {
            logger.warning("a route is left out", ["reason": refusal])
        }
        logger.notice("routes", ["services": documents.keys.sorted().joined(separator: " ")])
        state.withLock { $0.edition = edition }
    }

    private func document(of name: String) async -> JSONValue? {
        for url in pools[name]?.urls ?? [] {
            if let document = await document(of: name, at: url) { return document }
        }
        return nil
    }

    private func document(of name: String, at url: String) async -> JSONValue? {
        do {
            let response = try await http.send(
                HTTPClientRequest(.get, url + "/openapi.json", timeout: Self.timeout))
            let bytes = try await response.body.collect(upTo: Self.documentLimit)
            guard response.status == .ok else { return nil }
            let document = try JSON.decode(JSONValue.self, from: bytes, limits: .document)
            guard document["paths"]?.object != nil else { return nil }
            return document
        } catch {
            logger.debug("a service does not answer", ["service": name, "error": "\(error)"])
            return nil
        }
    }

    /// Off the loop: this takes a while.
    @concurrent private static func made(
        _ documents: [String: JSONValue], own: JSONValue, publicURL: String
    ) async -> Edition {
        edition(documents, own: own, publicURL: publicURL)
    }

    private static func edition(
        _ documents: [String: JSONValue], own: JSONValue, publicURL: String
    ) -> Edition {
        let merged = MergedDocument.make(documents, own: own, publicURL: publicURL)
        let bytes = (try? JSON.encode(merged)) ?? []
        return Edition(
            table: RoutingTable(documents), document: bytes,
            validator: String(Digest.hex(Digest.sha256(bytes)).prefix(32)),
            page: Array(ReferencePage.html(merged).utf8))
    }
}
