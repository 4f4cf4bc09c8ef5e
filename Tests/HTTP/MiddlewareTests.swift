import HTTP
import Testing

@Suite struct MiddlewareTests {
    /// Writes down that it was passed, both ways, and answers or refuses what it is told to.
    struct Layer: HTTPMiddleware {
        let name: String

        func admit(
            _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
        ) throws -> HTTPResponse? {
            request.headers.add("In", name)
            fields.add("Field", name)
            if request.headers["Refused-By"] == name { throw Problem.bare(.forbidden) }
            return request.headers["Answered-By"] == name ? .text(name) : nil
        }

        func complete(_ response: inout HTTPResponse, to request: HTTPRequest) {
            response.headers.add("Out", name)
        }
    }

    private static let handler = [Layer(name: "a") as any HTTPMiddleware, Layer(name: "b")]
        .around { request in
            if request.headers.contains("Fails") { throw Problem.bare(.conflict) }
            return .text(request.headers.all("In").joined())
        }

    private func answer(_ headers: HTTPHeaders) async throws -> HTTPResponse {
        try await Self.handler(HTTPRequest(method: .get, target: "/", headers: headers))
    }

    @Test func requestsPassInwardAndResponsesOutward() async throws {
        let response = try await answer([:])
        #expect(try await response.collectBody(upTo: 10) == Array("ab".utf8))
        #expect(response.headers.all("Field") == ["a", "b"])
        #expect(response.headers.all("Out") == ["b", "a"])
    }

    @Test func whoAnswersOrRefusesIsTheInnermost() async throws {
        for field in ["Answered-By", "Refused-By"] {
            let early = try await answer(HTTPHeaders([(field, "b")]))
            #expect(early.status == (field == "Refused-By" ? .forbidden : .ok))
            #expect(early.headers.all("Out") == ["a"])
            #expect(early.headers.all("Field") == ["a", "b"])
            #expect(try await answer(HTTPHeaders([(field, "a")])).headers.all("Out") == [])
        }
    }

    @Test func aProblemOfTheHandlerIsLookedAtAsAnyResponse() async throws {
        let response = try await answer(["Fails": "yes"])
        #expect(response.status == .conflict)
        #expect(response.headers.all("Out") == ["b", "a"])
    }
}
