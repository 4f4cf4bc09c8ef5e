import HTTP
import ServiceKit
import TestSupport
import Testing

/// A service that learns a route while it runs.
private enum RelayService: SoukService {
    static let name = "relay"
    static let summary = "Stands in front."
    static let port = 0
    static let hasLog = false

    struct Mark: HTTPMiddleware {
        func complete(_ response: inout HTTPResponse, to request: HTTPRequest) {
            response.headers.set("X-Mark", "1")
        }
    }

    static func build(_ context: ServiceContext) async throws -> Blueprint {
        var routes = RouteTable(tag: "own")
        routes.get("/own", "Be there", id: "own", access: .open) {
            (_: Call<NoBody>) -> Reply<String> in .ok("own")
        }
        return Blueprint(
            routes: routes,
            fallback: { request in
                guard request.path.hasPrefix("/far/") else { return nil }
                return FallbackRoute("/far/{rest}") { call in
                    let caller = try await call.caller(for: .signedIn)
                    return FallbackAnswer(.text(caller.actor), to: caller)
                }
            }, middleware: [Mark()])
    }
}

@Suite struct FallbackTests {
    @Test func unknownPathsGoWhereTheServiceSays() async throws {
        try await ServiceHarness<RelayService>.with { relay async throws in
            #expect(try await relay.call(.get, "/own").text == "\"own\"")
            #expect(try await relay.call(.get, "/nothing").problem == "not-found")
            let nobody = try await relay.call(.get, "/far/away")
            #expect(nobody.status == 401 && nobody.headers["X-Request-ID"] != nil)
            let user = try await relay.call(
                .get, "/far/away", as: .customer(SequentialIdentifiers.identifier(5)))
            #expect(user.text.hasPrefix("user:"))
            let measured = try await relay.call(.get, "/metrics")
            #expect(measured.text.contains("route=\"/far/{rest}\""))
            #expect(measured.headers["X-Mark"] == "1")
        }
    }
}
