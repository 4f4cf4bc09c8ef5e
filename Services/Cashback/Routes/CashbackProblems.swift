internal import HTTP
internal import JSON
internal import ServiceKit

extension ProblemSlug {
    static let offerEnded = ProblemSlug("offer-ended", 410, "This offer takes no clicks now")
    static let offerNotInRegion = ProblemSlug(
        "offer-not-in-region", 403, "This offer is not for this region")
    static let notFromNetwork = ProblemSlug(
        "not-from-network", 403, "This does not come from the network")
    static let unknownClick = ProblemSlug(
        "unknown-click", 422, "The sale does not belong to a click")
    static let clickDiffers = ProblemSlug(
        "click-differs", 409, "The sale is known with another click")
    static let statementUnreadable = ProblemSlug(
        "statement-unreadable", 422, "The statement cannot be read")
}

extension Problem {
    /// 405 for a `HEAD` where even a `GET` has effects.
    static func onlyAllowed(_ methods: String) -> Problem {
        var problem = ProblemSlug.methodNotAllowed.problem()
        problem.headers.set("Allow", methods)
        return problem
    }
}

extension CashbackError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .offerUnknown: ProblemSlug.notFound.problem("There is no such offer.")
        case .offerNotLive: ProblemSlug.offerEnded.problem()
        case .offerNotInRegion: ProblemSlug.offerNotInRegion.problem()
        case .clickUnknown: ProblemSlug.unknownClick.problem("There is no such click.")
        case .clickOfAnotherNetwork:
            ProblemSlug.unknownClick.problem("The click left through another network's offer.")
        case .clickReused: ProblemSlug.conflict.problem()
        case .conversionUnknown: ProblemSlug.notFound.problem()
        case .clickDiffers: ProblemSlug.clickDiffers.problem()
        case .amountNegative: ProblemSlug.invalid.problem("The amount is negative.")
        case .amountOutOfRange:
            ProblemSlug.invalid.problem("The cashback of this amount is out of range.")
        case .termsReused, .notApproved: ProblemSlug.conflict.problem()
        case .networkUnknown: ProblemSlug.notFound.problem("There is no such network.")
        case .networkNameMalformed:
            ProblemSlug.invalid.problem(
                "A network's name has 1 to 32 lower-case letters, digits and underscores.")
        case .networkReserved:
            ProblemSlug.conflict.problem("This name is that of the platform's own checkout.")
        case .notFromNetwork: ProblemSlug.notFromNetwork.problem()
        case .mappingIncomplete(let field):
            .bodyFault("/mapping\(JSONPointer.step(field))", "must be mapped")
        }
    }
}

extension PostbackFault: ProblemConvertible {
    var problem: Problem {
        field.isEmpty
            ? ProblemSlug.invalid.problem("The request \(message).")
            : .bodyFault(JSONPointer.step(field), message)
    }
}

extension StatementFault: ProblemConvertible {
    var problem: Problem {
        let detail =
            switch self {
            case .notText: "It is not text in UTF-8."
            case .empty: "It has no header row."
            case .tooManyRows(let limit): "It has more than \(limit) rows; send it in parts."
            case .columnMissing(let name): "The column `\(name)` is missing."
            case .columnRepeated(let name): "The column `\(name)` stands there twice."
            case .secretColumn(let name): "The column `\(name)` would hold the network's secret."
            case .quotes(let row):
                "Row \(row) has quotes that do not fit together, or too many columns."
            }
        return ProblemSlug.statementUnreadable.problem(detail)
    }
}

extension NetworkKeyMissing: ProblemConvertible {
    var problem: Problem {
        .bodyFault(
            "/signature_header", "needs a key for this network in the setting SOUK_NETWORK_KEYS")
    }
}
