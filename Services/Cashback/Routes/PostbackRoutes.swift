internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit

/// What networks call.
enum PostbackRoutes {
    static func make(_ receive: ReceivePostback) -> RouteTable {
        var routes = RouteTable(tag: "postbacks")
        let description =
            "The fields are named by the network's mapping; the secret stands in the query or in "
            + "the body. Repeats of a version are answered as duplicates, late ones of an older "
            + "version change nothing."
        let problems: [ProblemSlug] = [.notFromNetwork, .unknownClick, .clickDiffers, .conflict]
        routes.raw(
            .get, "/postbacks/{network}", "Report a sale by query", id: "reportSaleByQuery",
            access: .open, produces: ["application/json"], problems: problems + [.invalid],
            description: description
        ) { call in
            guard call.request.method == .get else { throw Problem.onlyAllowed("GET, POST") }
            return try await answer(call, [], receive)
        }
        routes.raw(
            .post, "/postbacks/{network}", "Report a sale", id: "reportSale", access: .open,
            consumes: ["application/x-www-form-urlencoded", "application/json"],
            produces: ["application/json"], problems: problems + [.invalid],
            bodyLimit: PostbackSubmission.bodyLimit, description: description
        ) { call in
            let body = try await call.body.collect(upTo: PostbackSubmission.bodyLimit)
            return try await answer(call, body, receive)
        }
        return routes
    }

    private static func answer(
        _ call: Call<HTTPBody>, _ body: [UInt8], _ receive: ReceivePostback
    ) async throws -> HTTPResponse {
        let network = try call.path("network", as: String.self)
        guard Network.isName(network) else { throw CashbackError.networkUnknown }
        let submission = try PostbackSubmission(call.request, body: body)
        let committed = try await receive(submission, from: network, call.command)
        let receipt = committed.result
        var response = try HTTPResponse.json(
            ReceiptView(
                status: receipt.outcome == nil ? .duplicate : .recorded, outcome: receipt.outcome,
                conversionID: receipt.conversionID))
        response.headers.set("Cache-Control", "no-store")
        if committed.position > 0 {
            response.headers.set("Souk-Position", "\(committed.position)")
        }
        return response
    }
}
