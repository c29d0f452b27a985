-- Neovim, headless: a few questions through its own client. Works from version 0.7 on.
-- RAINWRIGHT_DG and RAINWRIGHT_FOLDER name the program and a folder to work in.
-- nvim --clean --headless -c 'luafile neovim.lua'
local dg, folder = vim.env.RAINWRIGHT_DG, vim.env.RAINWRIGHT_FOLDER

local function wait(what, ready)
  assert(vim.wait(30000, ready, 50), "Neovim waited in vain for " .. what)
end

local function run()
  vim.fn.mkdir(folder, "p")
  vim.fn.writefile({ "" }, folder .. "/dg.toml")
  vim.fn.writefile({ "void f()", "{", '\tname = "ü😀";', "\tinfo name.toUpp;", "\tinfo nam;", "}" }, folder .. "/a.dg")
  vim.filetype.add({ extension = { dg = "deluge" } })
  vim.cmd("edit " .. vim.fn.fnameescape(folder .. "/a.dg"))
  local config = { name = "dg", cmd = { dg, "lsp" }, root_dir = folder }
  local client
  if vim.lsp.start then
    client = assert(vim.lsp.start(config))
  else
    client = assert(vim.lsp.start_client(config))
    vim.lsp.buf_attach_client(0, client)
  end
  wait("the start", function()
    local one = vim.lsp.get_client_by_id(client)
    return one and one.initialized
  end)
  local function ask(method, line, column)
    local params = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line, character = column } }
    local answers = assert(vim.lsp.buf_request_sync(0, method, params, 30000))
    for _, answer in pairs(answers) do
      assert(not answer.err, vim.inspect(answer.err))
      return answer.result
    end
    error(method .. " was not answered")
  end
  wait("findings", function()
    return #vim.diagnostic.get(0) > 0
  end)
  local labels = {}
  for _, item in ipairs(ask("textDocument/completion", 3, 17).items) do
    labels[item.label] = true
  end
  assert(labels.toUpperCase, "completion")
  assert(ask("textDocument/hover", 3, 7).contents.value:find("TEXT"), "hover")
  assert(ask("textDocument/definition", 3, 7)[1].range.start.line == 2, "definition")
  vim.api.nvim_buf_set_lines(0, 4, 5, false, { "\tinfo name;" })
  wait("findings after a change", function()
    return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) == 0
  end)
end

local done, why = pcall(run)
io.stdout:write(done and "neovim: passed\n" or ("neovim: " .. tostring(why) .. "\n"))
vim.cmd(done and "qall!" or "cquit!")
