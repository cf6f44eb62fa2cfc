import pytest
from plumbline.repo_server import git
from plumbline.repo_server.git import repository as repositories
from plumbline.core.secret import Secret
async def test_x(tmp_path, repository, git_http, attacker):
    m = git.Mirrors(git.Settings(tmp_path/'m'))
    repository.commit()
    git_http.redirect = attacker.url
    t = repositories.make(f"{git_http.url}/source/.git", allow_file=True, username='bob', password=Secret('zzzzz'))
    try:
        print(await m.resolve(t,'main'))
    finally:
        print(git_http.requests, attacker.requests)
    assert 0
