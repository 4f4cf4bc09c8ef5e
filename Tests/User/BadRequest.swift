import HTTP

/// A request that must be refused.
struct BadRequest: Sendable, CustomStringConvertible {
    let path: String
    let body: String
    let status: HTTPStatus
    let faults: [String]

    var description: String { "\(path) \(body.prefix(60))" }

    private static func register(_ email: String, _ password: String, _ fault: String) -> Self {
        Self(
            path: "register", body: #"{"email":"\#(email)","password":"\#(password)"}"#,
            status: 422, faults: [fault])
    }

    static let all: [BadRequest] = [
        Self(path: "register", body: #"{"email":"#, status: 400, faults: [""]),
        Self(path: "register", body: "[]", status: 422, faults: [""]),
        Self(
            path: "register", body: #"{"email":7,"password":"x"}"#, status: 422,
            faults: ["/email"]),
        Self(
            path: "register", body: #"{"email":"a@b.example"}"#, status: 422,
            faults: ["/password"]),
        Self(
            path: "register", body: String(repeating: " ", count: 10_000), status: 413, faults: []),
        register("no address", UserScene.password, "/email"),
        register("a@b", UserScene.password, "/email"),
        register("a@@b.example", UserScene.password, "/email"),
        register(
            String(repeating: "a", count: 65) + "@b.example", UserScene.password, "/email"),
        register("a@b.example", "fourteen chars", "/password"),
        register("a@b.example", String(repeating: "long ", count: 26), "/password"),
        register("a@b.example", "CorrectHorseBatteryStaple", "/password"),
        register("a@b.example", "abcabcabcabcabcabc", "/password"),
        register("nadia.karim@b.example", "Nadia.KarimNadia.Karim1", "/password"),
        Self(
            path: "login", body: #"{"email":"x","password":"x"}"#, status: 422,
            faults: ["/email"]),
        Self(
            path: "login",
            body: #"{"email":"a@b.example","password":"\#(String(repeating: "x", count: 129))"}"#,
            status: 422, faults: ["/password"]),
        Self(
            path: "verify",
            body: #"{"email":"a@b.example","code":"\#(String(repeating: "1", count: 33))"}"#,
            status: 422, faults: ["/code"]),
        Self(
            path: "refresh", body: #"{"refresh_token":null}"#, status: 422,
            faults: ["/refresh_token"]),
        Self(path: "refresh", body: #"{"refresh_token":"AAAA"}"#, status: 401, faults: []),
    ]
}
