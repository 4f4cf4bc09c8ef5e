internal import HTTP

/// Holds a request to the parameters that its route declares.
enum ParameterCheck {
    /// - Throws: `Problem` 404 for a part of the path of the wrong form; 422 that names every
    ///   faulty part of the query and every faulty header.
    static func check(
        _ request: HTTPRequest, _ query: QueryParameters, for route: Route
    ) throws {
        var faults: [String] = []
        if query.malformedCount > 0 {
            faults.append("A part of the query has broken percent coding.")
        }
        for parameter in route.parameters {
            switch parameter.place {
            case .path:
                guard let value = request.parameters[parameter.name],
                    parameter.fault(value) == nil
                else { throw ProblemSlug.notFound.problem() }
            case .query:
                let fault = fault(of: parameter, in: query.all(parameter.name))
                if let fault {
                    faults.append("The query parameter `\(parameter.name)` \(fault).")
                }
            case .header:
                let fault = fault(of: parameter, in: request.headers.all(parameter.name))
                if let fault { faults.append("The header `\(parameter.name)` \(fault).") }
            }
        }
        if !faults.isEmpty {
            throw ProblemSlug.invalid.problem(faults.joined(separator: " "))
        }
    }

    private static func fault(of parameter: Parameter, in values: [String]) -> String? {
        if values.isEmpty { return parameter.isRequired ? "is missing" : nil }
        for value in values {
            if let fault = parameter.fault(value) { return fault }
        }
        return nil
    }
}
