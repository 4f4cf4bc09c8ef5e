internal import EventTypes
internal import HTTP
internal import ServiceKit

/// Where the columns of an import stand, as its first row says.
struct ImportColumns: Sendable {
    /// What a column holds.
    enum Column: String, CaseIterable, Sendable {
        case merchant = "merchant_id"
        case sku, title, description
        case category = "category_id"
        case price, currency, stock
    }

    private let places: [Column: Int]
    private let count: Int
    /// The shop of rows that name none.
    private let merchantID: MerchantID?

    /// - Throws: `Problem` 422 for columns that are unknown, missing or there twice.
    init(_ header: [String], merchantID: MerchantID?) throws {
        var places: [Column: Int] = [:]
        for (place, name) in header.enumerated() {
            let trimmed = name.filter { !$0.isWhitespace }.lowercased()
            guard let column = Column(rawValue: trimmed) else {
                throw Self.problem("knows no column `\(name.prefix(40))`")
            }
            guard places.updateValue(place, forKey: column) == nil else {
                throw Self.problem("has the column `\(column.rawValue)` twice")
            }
        }
        var needed: [Column] = [.sku, .title, .price, .currency]
        if merchantID == nil { needed.append(.merchant) }
        for column in needed where places[column] == nil {
            throw Self.problem("needs the column `\(column.rawValue)`")
        }
        self.places = places
        self.merchantID = merchantID
        count = header.count
    }

    static func problem(_ fault: String) -> Problem {
        ProblemSlug.invalid.problem("The first row names the columns; an import \(fault).")
    }

    /// What stands in a column; nil where the table has no such column.
    private func text(_ column: Column, _ fields: [String]) -> String? {
        places[column].map { fields[$0] }
    }

    /// - Throws: what is wrong with the row.
    func product(of fields: [String]) throws(ImportReport.Fault) -> ListProduct {
        guard fields.count == count else {
            throw ImportReport.Fault(
                "", "The row has \(fields.count) fields where the first row has \(count).")
        }
        let sku = try text(.sku, fields, ProductLimits.sku)
        let title = try text(.title, fields, ProductLimits.title)
        let description = try text(
            .description, fields, ProductLimits.description, lines: true)
        let money = try price(fields)
        return ListProduct(
            merchantID: try merchant(fields), sku: sku, title: title, description: description,
            categoryID: try category(fields), price: money, stock: try stock(fields))
    }

    private func text(
        _ column: Column, _ fields: [String], _ length: ClosedRange<Int>, lines: Bool = false
    ) throws(ImportReport.Fault) -> String {
        let text = text(column, fields) ?? ""
        if let fault = FieldChecks.fault(of: text, length, lines: lines) {
            throw ImportReport.Fault(column.rawValue, fault)
        }
        return text
    }

    private func merchant(_ fields: [String]) throws(ImportReport.Fault) -> MerchantID {
        let text = text(.merchant, fields) ?? ""
        if text.isEmpty, let merchantID { return merchantID }
        guard let id = MerchantID(text) else {
            throw ImportReport.Fault(Column.merchant.rawValue, "must be an identifier")
        }
        return id
    }

    private func category(_ fields: [String]) throws(ImportReport.Fault) -> CategoryID? {
        let text = text(.category, fields) ?? ""
        if text.isEmpty { return nil }
        guard let id = CategoryID(text) else {
            throw ImportReport.Fault(Column.category.rawValue, "must be an identifier")
        }
        return id
    }

    private func price(_ fields: [String]) throws(ImportReport.Fault) -> Money {
        guard let currency = Currency(text(.currency, fields) ?? "") else {
            throw ImportReport.Fault(
                Column.currency.rawValue, "must be a currency code of ISO 4217")
        }
        guard let money = Money(decimalText: text(.price, fields) ?? "", currency),
            money.isPositive
        else {
            throw ImportReport.Fault(
                Column.price.rawValue, "must be an amount above zero such as 29.33")
        }
        return money
    }

    private func stock(_ fields: [String]) throws(ImportReport.Fault) -> Int? {
        let text = text(.stock, fields) ?? ""
        if text.isEmpty { return nil }
        guard let count = Int(text), ProductLimits.stock.contains(count) else {
            throw ImportReport.Fault(Column.stock.rawValue, ProductLimits.stockFault)
        }
        return count
    }
}
