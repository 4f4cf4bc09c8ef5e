import Foundation
import FoundationNetworking
import JSON

/// A client of the platform that shares no code with it: Foundation's, which stands on libcurl.
struct LiveClient: Sendable {
    let gateway: String
    var token: String?

    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let bytes: [UInt8]

        var json: JSONValue { (try? JSON.decode(JSONValue.self, from: bytes)) ?? .null }

        /// The stable name of the problem that was answered.
        var problem: String? {
            guard headers["content-type"] == "application/problem+json" else { return nil }
            return json["type"]?.string?.split(separator: "/").last.map(String.init)
        }

        /// The places that the problem points at.
        var pointers: [String] {
            json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
        }
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 30
        return URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }()

    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await call(
            method, path, raw: try body.map { Data(try JSON.encode($0)) }, headers: headers)
    }

    func call(
        _ method: String, _ path: String, raw: Data?, type: String = "application/json",
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: gateway + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = raw
        if raw != nil { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if method == "POST" {
            request.setValue(UUID().uuidString, forHTTPHeaderField: "Idempotency-Key")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await Self.session.data(for: request)
        guard let response = response as? HTTPURLResponse else {
            throw URLError(.badServerResponse)
        }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            fields["\(name)".lowercased()] = "\(value)"
        }
        return Answer(status: response.statusCode, headers: fields, bytes: Array(data))
    }

    /// The same client after signing in.
    func signedIn(_ email: String, _ password: String) async throws -> LiveClient {
        let answer = try await call(
            "POST", "/api/v1/auth/login",
            ["email": .string(email), "password": .string(password)])
        guard let token = answer.json["access_token"]?.string else {
            throw URLError(.userAuthenticationRequired)
        }
        return LiveClient(gateway: gateway, token: token)
    }

    private final class NoRedirects: NSObject, URLSessionTaskDelegate {
        func urlSession(
            _ session: URLSession, task: URLSessionTask,
            willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
            completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) {
            completionHandler(nil)
        }
    }
}
