internal import Crypto
internal import EventTypes
internal import HTTP
internal import ServiceKit

/// Keys that others need: public ones for everybody, people's for the services that may open what
/// is sealed with them.
struct KeyRoutes: Sendable {
    /// Who may open personal data.
    static let openers: Set<String> = ["cashback", "control", "notification", "order", "wallet"]

    let tools: UserTools

    var table: RouteTable {
        var routes = RouteTable(tag: "keys")
        routes.get(
            "/.well-known/jwks.json", "The keys that access tokens are signed with", id: "jwks",
            access: .open
        ) { (call: Call<NoBody>) -> Reply<JWKSet> in
            .ok(try await tools.signingKeys.published())
                .header("Cache-Control", "public, max-age=300")
        }
        routes.get(
            "/internal/v1/subject-keys/{userId}", "A person's key", id: "subjectKey",
            access: .services(Self.openers),
            parameters: [.path("userId", UserID.self, "Whose key it is.")],
            problems: [.notFound], description: "404 once the person is erased."
        ) { (call: Call<NoBody>) -> Reply<SubjectKeyDocument> in
            let userID: UserID = try call.path("userId")
            guard let key = try await tools.vault.key(of: userID) else {
                throw ProblemSlug.notFound.problem()
            }
            return .ok(SubjectKeyDocument(key))
        }
        return routes
    }
}
