import EventTypes
import HTTP
import JSON

@testable import CashbackService

/// Postbacks: the first line is the query, the rest the body, a form or JSON by its first byte.
enum PostbackTarget {
    private static let secretField = "token"

    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let lines = input.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let query = lines[0].filter { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
        let body = lines.count > 1 ? Array(lines[1]) : []
        let isJSON = body.first == UInt8(ascii: "{")
        let type = isJSON ? "application/json" : "application/x-www-form-urlencoded"
        guard let submission = Self.submission(query, body, type) else { return }
        try check(submission, type, hasQuery: !query.isEmpty)
        let reader = PostbackReader(network: "net", mapping: .plain)
        guard
            let postback = try? reader.read(
                submission.fields, source: .postback, raw: submission.raw(hiding: secretField),
                receivedAt: Timestamp(seconds: 1_700_000_000),
                click: { $0.isEmpty ? nil : ClickID(high: 1, low: 2) })
        else { return }
        try BrokenPromise.check(!postback.sale.isNegative, "no sale is negative")
        try BrokenPromise.check(postback.version >= 0, "versions count from 0")
        let text = try? JSON.text([postback.raw, postback.actionID, postback.reason ?? ""])
        try BrokenPromise.check(text != nil, "a postback can be written down")
    }

    private static func submission(
        _ query: [UInt8], _ body: [UInt8], _ type: String
    ) -> PostbackSubmission? {
        let target = "/postbacks/net?\(String(decoding: query, as: UTF8.self))"
        let request = HTTPRequest(
            method: .post, target: target,
            headers: ["Content-Type": type, "X-Signature": String(decoding: query, as: UTF8.self)])
        return try? PostbackSubmission(request, body: body)
    }

    /// What is kept says everything but the secret.
    private static func check(
        _ submission: PostbackSubmission, _ type: String, hasQuery: Bool
    ) throws(BrokenPromise) {
        _ = submission.signature(in: "X-Signature")
        let raw = submission.raw(hiding: secretField)
        let lines = raw.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let first = lines.first.map { Array($0.utf8) } ?? []
        let rest = lines.count > 1 ? Array(lines[1].utf8) : []
        let again = Self.submission(
            hasQuery ? first : [], hasQuery ? rest : Array(raw.utf8), type)
        for field in again?.fields ?? [] where field.name == secretField {
            try BrokenPromise.check(field.value == "hidden", "no secret is kept")
        }
    }
}
