import Foundation
import JSON
import Testing

/// Nobody reads another's data, nor changes it: held by the platform's own document, so that a new
/// route is asked without anyone remembering it.
@Suite(.serialized, .livePlatform, .timeLimit(.minutes(10))) struct PrivacyTests {
    /// A person to whom everything has happened, and what only they should know of it.
    private struct Life {
        let person: LivePerson
        /// Identifiers in what only they are answered.
        let secrets: [String]
        /// For each pattern of a path that names a resource of a person, theirs.
        let paths: [String: String]
        /// Patterns for which they have none.
        let missing: [String]
    }

    @Test func aSecondCustomerFindsNothingOfTheFirst() async throws {
        let platform = try #require(LivePlatform.current)
        let routes = try await LiveRoutes(LiveClient(gateway: platform.gateway))
        let life = try await life(on: platform, routes)
        #expect(life.missing.isEmpty, "live through something that \(life.missing) can show")
        #expect(life.paths.count >= 7 && life.secrets.count >= 7, "\(life.paths)")
        let before = try await readings(life)

        let other = try await LivePerson.registered("other", on: platform)
        let nobody = LiveClient(gateway: platform.gateway)
        for (pattern, path) in life.paths {
            let answer = try await other.client.call("GET", path)
            #expect(answer.status == 404, "\(pattern): \(answer.status) \(answer.json)")
            #expect(try await nobody.call("GET", path).status == 401, "\(pattern)")
        }
        try await listsShowNothing(of: life, to: other.client, routes)
        try await openPathsShowNothing(of: life, to: nobody, routes)
        try await staffOnly(routes, other.client, life)
        try await writesChangeNothing(of: life, other.client, routes)
        #expect(try await readings(life) == before, "another has changed it")
    }

    // MARK: The first

    private func life(on platform: LivePlatform, _ routes: LiveRoutes) async throws -> Life {
        let shop = try await LiveShop.open(on: platform)
        let person = try await LivePerson.registered("first", on: platform)
        let client = person.client
        var answers: [JSONValue] = []
        let deposit = try await client.call(
            "POST", "/api/v1/wallet/deposits",
            ["amount": ["amount_minor": 9_000, "currency": "USD"]])
        answers.append(deposit.json)
        try await Eventually.holds { try await person.balance() == 9_000 }
        try await shop.fill(1, client)
        let click = try await Eventually.some {
            let answer = try await client.call("GET", "/go/\(shop.offer)")
            return answer.headers["location"]?.split(separator: "=").last.map(String.init)
        }
        // What was public before is no secret: the shop, what it sells and offers.
        var known: Set<String> = [shop.product, shop.offer]
        let nobody = LiveClient(gateway: platform.gateway)
        for list in routes.open where !list.path.contains("{") {
            known.formUnion(Self.identifiers(try await nobody.call("GET", list.path).json))
        }
        for path in ["/api/v1/products/\(shop.product)", "/api/v1/offers/\(shop.offer)"] {
            known.formUnion(Self.identifiers(try await nobody.call("GET", path).json))
        }
        answers.append(try await shop.checkOut(1, client, click: click))
        let withdrawal = try await Eventually.some {
            let answer = try await client.call(
                "POST", "/api/v1/wallet/withdrawals",
                [
                    "amount": ["amount_minor": 1_000, "currency": "USD"],
                    "destination": ["kind": "sandbox", "value": "first"],
                ])
            return answer.status == 201 ? answer.json : nil
        }
        answers.append(withdrawal)
        _ = try await Eventually.some {
            let list = try await client.call("GET", "/api/v1/cashback/conversions")
            return list.json["items"]?.array?.first
        }
        for list in routes.own where !list.path.contains("{") {
            answers.append(try await client.call("GET", list.path + list.exampleQuery).json)
        }
        let secrets = Set(answers.flatMap(Self.identifiers)).subtracting(known).sorted()
        return try await found(person, secrets, routes)
    }

    /// For each pattern the first identifier for which its owner gets something.
    private func found(
        _ person: LivePerson, _ secrets: [String], _ routes: LiveRoutes
    ) async throws -> Life {
        var paths: [String: String] = [:]
        var missing: [String] = []
        for route in routes.own where route.path.contains("{") {
            for secret in secrets where paths[route.path] == nil {
                let path = route.filled(with: secret)
                if try await person.client.call("GET", path).status == 200 {
                    paths[route.path] = path
                }
            }
            if paths[route.path] == nil { missing.append(route.path) }
        }
        return Life(person: person, secrets: secrets, paths: paths, missing: missing)
    }

    /// What the first reads of their own, apart from what goes on by itself.
    private func readings(_ life: Life) async throws -> [String: JSONValue] {
        var readings: [String: JSONValue] = [:]
        for path in life.paths.values.sorted() {
            readings[path] = try await life.person.client.call("GET", path).json
        }
        return readings
    }

    // MARK: The second

    private func listsShowNothing(
        of life: Life, to other: LiveClient, _ routes: LiveRoutes
    ) async throws {
        for route in routes.own where !route.path.contains("{") {
            var queries = [route.exampleQuery]
            // Asked for the first by name.
            for name in route.parameters {
                let join = route.exampleQuery.isEmpty ? "?" : "&"
                queries += life.secrets.map { "\(route.exampleQuery)\(join)\(name)=\($0)" }
            }
            for query in queries {
                let answer = try await other.call("GET", route.path + query)
                let seen = Set(Self.identifiers(answer.json)).intersection(life.secrets)
                #expect(answer.status < 500, "\(route.path)\(query)")
                #expect(answer.status != 200 || seen.isEmpty, "\(route.path)\(query): \(seen)")
            }
        }
    }

    private func openPathsShowNothing(
        of life: Life, to nobody: LiveClient, _ routes: LiveRoutes
    ) async throws {
        for route in routes.open where route.path.contains("{") {
            for secret in life.secrets {
                let status = try await nobody.call("GET", route.filled(with: secret)).status
                #expect((400..<500).contains(status), "\(route.path) of \(secret): \(status)")
            }
        }
    }

    /// What staff may read is not for customers, whoever it is about.
    private func staffOnly(
        _ routes: LiveRoutes, _ other: LiveClient, _ life: Life
    ) async throws {
        for route in routes.staff {
            for secret in route.path.contains("{") ? life.secrets : [""] {
                let path = route.filled(with: secret) + route.exampleQuery
                let status = try await other.call("GET", path).status
                #expect(status == 403, "\(path): \(status)")
            }
        }
    }

    private func writesChangeNothing(
        of life: Life, _ other: LiveClient, _ routes: LiveRoutes
    ) async throws {
        for route in routes.writes where route.path.contains("{") {
            for secret in life.secrets {
                let answer = try await other.call(
                    route.method, route.filled(with: secret), ["reason": "mine"],
                    headers: ["If-Match": "*"])
                // Where it is the own resource that is meant, such as a cart, it may go well.
                let seen = Set(Self.identifiers(answer.json)).intersection(life.secrets)
                #expect(
                    answer.status < 500 && seen.subtracting([secret]).isEmpty,
                    "\(route.method) \(route.path) of \(secret): \(answer.status) \(seen)")
            }
        }
    }

    /// All identifiers within a value, wherever they stand.
    private static func identifiers(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): UUID(uuidString: text) == nil ? [] : [text]
        case .array(let items): items.flatMap(identifiers)
        case .object(let object): object.flatMap { identifiers($0.value) }
        default: []
        }
    }
}

/// The routes of the platform's document, by who may use them.
struct LiveRoutes: Sendable {
    struct Route: Sendable {
        let method: String
        let path: String
        let access: String
        /// Names of the query.
        let parameters: [String]
        /// With what must be in the query.
        let exampleQuery: String

        /// The path of one resource.
        func filled(with value: String) -> String {
            path.replacing(#/\{[^}]*\}/#, with: value)
        }
    }

    let all: [Route]

    init(_ client: LiveClient) async throws {
        let document = try await client.call("GET", "/openapi.json").json
        let paths = try #require(document["paths"]?.object)
        all = paths.flatMap { path in
            (path.value.object ?? [:]).compactMap { item in
                guard let access = item.value["x-souk-access"]?.string else { return nil }
                let parameters = item.value["parameters"]?.array ?? []
                let query = parameters.filter { $0["in"]?.string == "query" }
                let needed = query.filter { $0["required"]?.bool == true }
                    .map { "\($0["name"]?.string ?? "")=\(Self.example($0))" }
                return Route(
                    method: item.name.uppercased(), path: path.name, access: access,
                    parameters: query.compactMap { $0["name"]?.string },
                    exampleQuery: needed.isEmpty ? "" : "?\(needed.joined(separator: "&"))")
            }
        }
        #expect(all.count > 100)
    }

    private static func example(_ parameter: JSONValue) -> String {
        if let first = parameter["schema"]?["enum"]?[0]?.string { return first }
        return parameter["name"]?.string == "currency" ? "USD" : "1"
    }

    /// What a person reads of their own. A WebSocket is no reading.
    var own: [Route] {
        all.filter { $0.method == "GET" && $0.access == "signed-in" && $0.path != "/ws" }
    }
    var open: [Route] { all.filter { $0.method == "GET" && $0.access == "open" } }
    var staff: [Route] { all.filter { $0.method == "GET" && $0.access == "roles" } }
    var writes: [Route] { all.filter { $0.method != "GET" && $0.access != "open" } }
}
