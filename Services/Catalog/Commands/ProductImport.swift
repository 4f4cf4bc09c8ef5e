internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Takes products over from a table, row by row as it arrives. A row is known by its shop and
/// number: sent again unchanged it changes nothing, and a bad one does not stop the others.
struct ProductImport {
    /// The most rows of one import.
    static let rowLimit = 10_000
    /// How many rows are worked on at once.
    static let width = 64

    private struct Item: Sendable {
        let line: Int
        let product: ListProduct
        var key: String { "\(product.merchantID)/\(product.sku ?? "")" }
    }

    private let commands: CatalogCommands
    private let context: CommandContext
    private let merchantID: MerchantID?
    private var columns: ImportColumns?
    private var waiting: [Item] = []
    private var keys: Set<String> = []
    private var rowCount = 0
    /// The position of the last event that was written.
    private(set) var position: Int64 = 0
    private(set) var report = ImportReport()
    private var results: [ImportReport.Row] = []

    init(_ commands: CatalogCommands, _ context: CommandContext, merchantID: MerchantID?) {
        self.commands = commands
        self.context = context
        self.merchantID = merchantID
    }

    /// Reads and applies a whole table.
    ///
    /// - Throws: `Problem` when its first row names no usable columns; what ends the body early.
    mutating func run(_ body: HTTPBody) async throws {
        var reader = CSVReader()
        for try await chunk in body {
            for record in reader.read(chunk) {
                guard try await take(record) else { return try await end() }
            }
        }
        if let record = reader.finish() { _ = try await take(record) }
        if columns == nil { throw ImportColumns.problem("needs a first row") }
        try await end()
    }

    /// - Returns: whether more may follow.
    private mutating func take(_ record: CSVReader.Record) async throws -> Bool {
        guard let columns else {
            switch record.content {
            case .fields(let fields):
                columns = try ImportColumns(fields, merchantID: merchantID)
            case .fault(let fault): throw ProblemSlug.invalid.problem(fault)
            }
            return true
        }
        rowCount += 1
        guard rowCount <= Self.rowLimit else {
            fail(
                record.line, ImportReport.Fault("", "An import has \(Self.rowLimit) rows at most."))
            return false
        }
        switch record.content {
        case .fault(let fault): fail(record.line, ImportReport.Fault("", fault))
        case .fields(let fields):
            do throws(ImportReport.Fault) {
                let product = try columns.product(of: fields)
                try await add(Item(line: record.line, product: product))
            } catch {
                fail(record.line, error)
            }
        }
        return true
    }

    private mutating func fail(_ line: Int, _ fault: ImportReport.Fault) {
        results.append(ImportReport.Row(line: line, status: .failed, problem: fault))
    }

    /// Rows of one product are applied in their order, so no two of them are worked on at once.
    private mutating func add(_ item: Item) async throws(ImportReport.Fault) {
        if keys.contains(item.key) || waiting.count == Self.width { await flush() }
        keys.insert(item.key)
        waiting.append(item)
    }

    private mutating func end() async throws {
        await flush()
        for row in results.sorted(by: { $0.line < $1.line }) { report.add(row) }
        results = []
    }

    private mutating func flush() async {
        let items = waiting
        waiting = []
        keys = []
        let commands = commands
        let context = CommandContext(metadata: context.metadata)
        let done = await withTaskGroup(of: (ImportReport.Row, Int64).self) { group in
            for item in items {
                group.addTask { await commands.takeOver(item.product, item.line, context) }
            }
            var done: [(ImportReport.Row, Int64)] = []
            for await result in group { done.append(result) }
            return done
        }
        for (row, position) in done {
            results.append(row)
            self.position = max(self.position, position)
        }
    }
}

extension CatalogCommands {
    /// How often a row is tried when others list the same product meanwhile.
    private static let takeOverAttempts = 3

    /// Lists a product, or brings the one with the same shop and number up to date.
    fileprivate func takeOver(
        _ product: ListProduct, _ line: Int, _ context: CommandContext
    ) async -> (ImportReport.Row, Int64) {
        var row = ImportReport.Row(line: line, status: .failed)
        do {
            for attempt in 1... {
                do {
                    let done = try await takeOver(product, context)
                    row = ImportReport.Row(
                        line: line, status: done.result.status, productID: done.result.productID)
                    return (row, done.position)
                } catch EventStoreError.claimTaken where attempt < Self.takeOverAttempts {
                    continue
                }
            }
        } catch let error as any ProblemConvertible {
            row.problem = Self.fault(of: error.problem)
        } catch {
            row.problem = ImportReport.Fault(
                "", "The row could not be saved; import it again.")
        }
        return (row, 0)
    }

    /// What one row came to.
    private struct TakenOver: Codable, Sendable {
        let status: ImportReport.Status
        let productID: ProductID
    }

    private func takeOver(
        _ product: ListProduct, _ context: CommandContext
    ) async throws -> Committed<TakenOver> {
        let key = Self.skuKey(product.merchantID, product.sku ?? "")
        let holder = try await store.claimant(Self.skuScope, key)
        let known = holder.flatMap { ProductID(String($0.key)) }
        let new = ids.next(ProductTag.self)
        return try await store.commit(context) { unit in
            try await Self.requireMerchant(product.merchantID, "/merchant_id", in: unit)
            try await Self.requireCategory(product.categoryID, "/category_id", in: unit)
            guard let id = known else {
                try await Self.list(new, product, unit)
                return TakenOver(status: .created, productID: new)
            }
            let details = Product.Details(
                title: product.title, description: product.description ?? "",
                categoryID: product.categoryID, price: product.price)
            var count = try await unit.decide(Product.self, id, .change(details)).count
            if let stock = product.stock {
                count += try await unit.decide(Product.self, id, .setStock(stock)).count
            }
            return TakenOver(status: count > 0 ? .updated : .unchanged, productID: id)
        }
    }

    private static func fault(of problem: Problem) -> ImportReport.Fault {
        guard let first = problem.errors.first else {
            let field =
                switch problem.slug {
                case ProblemSlug.currencyFixed.slug: "currency"
                case ProblemSlug.stockBelowReserved.slug: "stock"
                case ProblemSlug.productDelisted.slug: "sku"
                default: ""
                }
            return ImportReport.Fault(field, problem.detail ?? problem.title)
        }
        return ImportReport.Fault(String(first.pointer.dropFirst()), first.detail)
    }
}
